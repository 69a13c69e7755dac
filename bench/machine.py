"""What a run was made on and with."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("flask", "fastapi", "gunicorn", "uvicorn", "granian", "sqlalchemy", "prometheus-client",
            "opentelemetry-sdk", "opentelemetry-instrumentation-fastapi", "fastotel")  # fmt: skip


def machine() -> dict[str, Any]:
    """Describe the machine; ask before anything runs, for the load that was there already."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "wrk": " ".join(first_line("wrk", "-v").split()[:2]),
        "load_average_before": os.getloadavg(),
        "versions": {package: version(package) for package in PACKAGES},
    }


def cpu_model() -> str:
    """Name the processor as the kernel does."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def commit() -> str:
    """Name the commit that is measured; `-dirty` when there is more than that."""
    return first_line("git", "describe", "--always", "--dirty", "--exclude=*")


def first_line(*command: str) -> str:
    """Return what a command says first."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.split("\n", 1)[0].strip()
