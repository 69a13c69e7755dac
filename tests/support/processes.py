"""Replicas as they run in earnest: a process each."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PATHS = {"laptops": "/laptops", "port": "/port"}
PATIENCE_SECONDS = 30.0


@dataclass
class Replica:
    """A running replica. What it prints is in a file: nobody would empty a pipe while it runs."""

    service: str
    process: subprocess.Popen[bytes]
    url: str
    output: Path

    @property
    def collection(self) -> str:
        """The address of what it serves."""
        return self.url + PATHS[self.service]

    def await_ready(self) -> None:
        """Wait until it wants requests; tell its last words if it dies instead."""

        def ready() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            return status_of(f"{self.url}/readyz") == 200

        eventually(ready, f"{self.service} is ready")

    def requests_in_work(self) -> int:
        """How many requests it has taken on and not answered yet."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        samples = [line for line in lines if line.startswith("http_server_active_requests ")]
        return int(float(samples[0].split()[1]))

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to stop."""
        self.process.send_signal(number)

    def wait(self) -> tuple[int, list[dict[str, Any]]]:
        """Wait until it has ended; return its exit status and its log lines."""
        self.process.wait(PATIENCE_SECONDS)
        printed = self.output.read_text().splitlines()
        lines = [line for line in printed if line.startswith("{")]
        return self.process.returncode, [json.loads(line) for line in lines]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]  # type: ignore[no-any-return]


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)


def status_of(url: str) -> int | None:
    """The status that a GET answers, or None if nobody listens."""
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return None


def start(service: str, folder: Path, **environment: str) -> Replica:
    """Start a replica without waiting for it. It works, and has its database, in `folder`."""
    port = int(environment.setdefault("HTTP_PORT", str(free_port())))
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "TELEMETRY_"))}
    output = folder / f"{service}-{port}.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", service],
            cwd=folder,
            env=clean | environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    return Replica(service, process, f"http://127.0.0.1:{port}", output)


@contextmanager
def replicas(count: int, service: str, folder: Path, **environment: str) -> Iterator[list[Replica]]:
    """Replicas that start together, are ready, and gone afterwards."""
    running = [start(service, folder, **environment) for _ in range(count)]
    try:
        for each in running:
            each.await_ready()
        yield running
    finally:
        for each in running:
            each.process.kill()
            each.process.wait()


@contextmanager
def replica(service: str, folder: Path, **environment: str) -> Iterator[Replica]:
    """A replica that is ready, and gone afterwards."""
    with replicas(1, service, folder, **environment) as (running,):
        yield running
