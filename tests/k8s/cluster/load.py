"""A steady load on both services while something happens to one of them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.k8s.rendering import ROOT

from lab.engines.endpoints import Endpoints
from lab.experiments.spike.clientlog import ClientLog, Tail

USERS = 20
"""Half of them at each service; a user sends a request a second."""
SETTLE_SECONDS = 5.0


@contextmanager
def steady(endpoints: Endpoints, folder: Path) -> Iterator[Tail]:
    """Send requests for as long as the block lasts, and some seconds more."""
    log = folder / "requests.jsonl"
    options = {
        "locustfile": ROOT / "loadtests/steady.py",
        "laptops-host": endpoints.laptops,
        "port-host": endpoints.port,
        "request-log": log,
        "users": USERS,
        "spawn-rate": USERS,
        "stop-timeout": 10,
        "exit-code-on-error": 0,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "locust", "--headless", "--only-summary", *flags]
    with (folder / "locust.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            time.sleep(SETTLE_SECONDS)
            yield Tail(log)
            time.sleep(SETTLE_SECONDS)
        finally:
            process.terminate()
            process.wait(timeout=20)


def failures(log: ClientLog) -> list[str]:
    """Name each failed request."""
    failed = [request for request in log.requests if request.error is not None]
    return [f"{r.service} {r.method} {r.name} {r.status} {r.error}" for r in failed]
