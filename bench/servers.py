"""The servers, each as one worker on one core, and what they are started with."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from bench.served import HOST, PORT, SERVED
from bench.variants import FASTAPI, FLASK, RIVALS, VARIANTS

# A server has handled its backlog when it takes less than this share of its core for this long.
IDLE_SHARE, IDLE_SECONDS = 0.1, 0.4
MOST_BACKLOG_SECONDS = 30.0

COMMANDS = {
    "gunicorn-gthread": (
        *("-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "1"),
        *("--bind", f"127.0.0.1:{PORT}", "--log-level", "warning", "bench.apps:flask_app()"),
    ),
    "granian-wsgi": (
        *("-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"),
        *("--port", str(PORT), "--no-access-log", "--log-level", "error"),
        *("--factory", "bench.apps:flask_app"),
    ),
    "uvicorn": (
        *("-m", "uvicorn", "--factory", "--port", str(PORT), "--no-access-log"),
        *("--interface", "asgi3"),
        *("--log-level", "warning", "bench.apps:fastapi_app"),
    ),
    "granian-asgi": (
        *("-m", "granian", "--interface", "asgi", "--workers", "1"),
        *("--port", str(PORT), "--no-access-log", "--log-level", "error"),
        *("--factory", "bench.apps:fastapi_app"),
    ),
}
FRAMEWORKS = {"gunicorn-gthread": FLASK, "granian-wsgi": FLASK,
              "uvicorn": FASTAPI, "granian-asgi": FASTAPI}  # fmt: skip

# The rest - load, sink, readers, scraper and the benchmark itself - runs on the other core.
SERVER_CORE, LOAD_CORE = (sorted(os.sched_getaffinity(0)) * 2)[:2]

SETTINGS = ("OTEL_", "TELEMETRY_", "FASTAPI_", "DD_", "LOGFIRE_")


class Server:
    """A running server with everything it has started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes, to the nanosecond."""
        root = psutil.Process(self._process.pid)
        return sum(map(_cpu_seconds, (root, *root.children(recursive=True))))

    def settle(self) -> None:
        """Wait until the server has nothing left to do: no request, nothing to export."""
        deadline = time.monotonic() + MOST_BACKLOG_SECONDS
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            if self.cpu_seconds() - before < IDLE_SHARE * IDLE_SECONDS:
                return
        raise TimeoutError(f"the server is still busy after {MOST_BACKLOG_SECONDS:g} s")

    def served(self) -> int:
        """Return how many requests it took, once none is under way any more."""
        last = -1
        while (now := int(fetch(f"{HOST}{SERVED}"))) != last:
            last = now
            time.sleep(0.1)
        return now

    def stop(self) -> float:
        """Send SIGTERM, wait, and return how many seconds the server took to go."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=40)
        self._process.kill()
        return time.monotonic() - begun


def core_seconds() -> float:
    """Return how long the server's core has worked for programs, the server's or anybody's."""
    (line,) = (line for line in Path("/proc/stat").read_text().splitlines()
               if line.startswith(f"cpu{SERVER_CORE} "))  # fmt: skip
    user, nice, system = map(int, line.split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def _cpu_seconds(process: psutil.Process) -> float:
    """Read the kernel's clock of a process, which counts threads that have ended as well."""
    return time.clock_gettime(~process.pid << 3 | 2)  # as clock_getcpuclockid(3) makes its id


@contextmanager
def serving(server: str, name: str, sink_url: str, output: Path) -> Iterator[Server]:
    """Start a server on its core.

    Its standard output goes through a pipe, as under a supervisor, to a reader on the other core.
    `output` is complete afterwards.
    """
    with output.open("wb") as file, started(["cat"], stdin=subprocess.PIPE, stdout=file) as reader:
        process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), sys.executable, *COMMANDS[server]],
            env=environment(name, sink_url),
            stdout=reader.stdin,
        )
        running = Server(process)
        try:
            wait_until_up(f"{HOST}{SERVED}")
            yield running
        finally:
            if process.poll() is None:
                running.stop()


@contextmanager
def started(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:  # noqa: ANN401
    """Run a helper; it may read to the end of its input before it is ended."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
            process.wait(10)
        process.kill()
        process.wait()


@contextmanager
def scraping(url: str | None) -> Iterator[None]:
    """Read a page of metrics once a second, where there is one."""
    if url is None:
        yield
        return
    with started([sys.executable, "-m", "bench.scrape", url]) as scraper:
        yield
        if scraper.poll() is not None:
            raise RuntimeError(f"the scraper of {url} ended early")


def environment(name: str, sink_url: str) -> dict[str, str]:
    """Return what the variant is told; nothing of the caller's telemetry."""
    variant = VARIANTS[name]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    found = {"PYTHONPATH": str(RIVALS.resolve())} if variant.package else {}
    return {
        **kept,
        **found,
        "BENCH_VARIANT": name,
        "OTEL_SERVICE_NAME": "bench",
        "OTEL_EXPORTER_OTLP_ENDPOINT": sink_url,
        **variant.environment,
    }


def fetch(url: str) -> bytes:
    """Return what a URL answers; raises OSError."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (a loopback URL)
        body: bytes = answer.read()
        return body


def wait_until_up(url: str, seconds: float = 30.0) -> None:
    """Poll until a URL answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            fetch(url)
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {url}")
