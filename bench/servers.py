"""The servers, each as one worker on one core, and what they are started with."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

SERVER_CORE, LOAD_CORE = 0, 1
PORT = 18080

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
        *("--log-level", "warning", "bench.apps:fastapi_app"),
    ),
    "granian-asgi": (
        *("-m", "granian", "--interface", "asgi", "--workers", "1"),
        *("--port", str(PORT), "--no-access-log", "--log-level", "error"),
        *("--factory", "bench.apps:fastapi_app"),
    ),
}


class Server:
    """A running server with everything it has started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def cpu_seconds(self) -> float:
        """Return the processor time of all threads of all its processes, to the nanosecond."""
        root = psutil.Process(self._process.pid)
        return (
            sum(
                int((task / "schedstat").read_text().split()[0])
                for process in (root, *root.children(recursive=True))
                for task in Path(f"/proc/{process.pid}/task").iterdir()
            )
            / 1e9
        )

    def stop(self) -> float:
        """Send SIGTERM, wait, and return how many seconds the server took to go."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=40)
        self._process.kill()
        return time.monotonic() - begun


@contextmanager
def serving(server: str, variant: str, sink_url: str) -> Iterator[Server]:
    """Start a server on its core; standard output goes to a reader on the other core."""
    reader = subprocess.Popen(
        ["taskset", "-c", str(LOAD_CORE), "cat"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), sys.executable, *COMMANDS[server]],
        env=environment(variant, sink_url),
        stdout=reader.stdin,
    )
    running = Server(process)
    try:
        wait_until_up()
        yield running
    finally:
        if process.poll() is None:
            running.stop()
        if reader.stdin:
            reader.stdin.close()
        reader.kill()
        reader.wait()


def environment(variant: str, sink_url: str) -> dict[str, str]:
    """Return what the variant is told; nothing of the caller's telemetry."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "TELEMETRY_"))}  # fmt: skip
    implementation = variant if variant in ("contrib", "lean") else "lean"
    return {
        **kept,
        "BENCH_VARIANT": variant,
        "TELEMETRY_IMPLEMENTATION": implementation,
        "OTEL_SERVICE_NAME": "bench",
        "OTEL_EXPORTER_OTLP_ENDPOINT": sink_url,
    }


def wait_until_up(url: str = f"http://127.0.0.1:{PORT}/small", seconds: float = 20.0) -> None:
    """Poll until a URL answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, urllib.error.URLError):
            urllib.request.urlopen(url, timeout=1).read()  # noqa: S310
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {url}")
