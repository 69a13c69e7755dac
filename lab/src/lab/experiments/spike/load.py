"""Run Locust as a child process in a group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lab.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.engines.endpoints import Endpoints
    from lab.experiments.spike.plan import Plan

REQUESTS = "requests.jsonl"
"""One line for each request."""
STOP_SECONDS = 10
"""How long a user that is being stopped may finish its request: none is cut off and miscounted."""


def command(plan: Plan, endpoints: Endpoints, log: Path) -> list[str]:
    """Build Locust's command line for a plan."""
    options: dict[str, object] = {
        "locustfile": ROOT / "loadtests" / f"spike_{plan.target}.py",
        "laptops-host": endpoints.laptops,
        "port-host": endpoints.port,
        "request-log": log,
        "metrics-port": endpoints.locust_metrics_port,
        "warmup-seconds": plan.warmup,
        "baseline-seconds": plan.baseline,
        "spike-seconds": plan.spike,
        "recovery-seconds": plan.recovery,
        "base-users": plan.base_users,
        "spike-users": plan.spike_users,
        "control-users": plan.control_users,
        "users-per-second": plan.users_per_second,
        "stop-timeout": STOP_SECONDS,
        # Failed requests are the verdict's business, not Locust's.
        "exit-code-on-error": 0,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "locust", "--headless", "--only-summary", *flags]


@contextmanager
def running(plan: Plan, endpoints: Endpoints, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start Locust and, however the block ends, leave nothing of it behind.

    It writes `requests.jsonl` and `locust.log` to the folder.
    """
    argv = command(plan, endpoints, folder / REQUESTS)
    with (folder / "locust.log").open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=STOP_SECONDS + 2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
