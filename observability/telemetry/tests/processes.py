"""Real servers, a real collector, and a client that remembers each answer's trace."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent

SERVERS = {
    "gunicorn": ["-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", "1",
                 "-b", "127.0.0.1:{port}", "--log-level", "error", "served:flask_app()"],
    "granian-wsgi": ["-m", "granian", "--interface", "wsgi", "--workers", "1",
                     "--blocking-threads", "4", "--port", "{port}", "--log-level", "error",
                     "--factory", "served:flask_app"],
    "uvicorn": ["-m", "uvicorn", "--factory", "--port", "{port}", "--log-level", "error",
                "served:fastapi_app"],
    "granian-asgi": ["-m", "granian", "--interface", "asgi", "--workers", "1",
                     "--port", "{port}", "--log-level", "error",
                     "--factory", "served:fastapi_app"],
}  # fmt: skip


WORKERS = {
    "gunicorn": ["-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", "4",
                 "-b", "127.0.0.1:{port}", "--log-level", "error", "served:flask_app()"],
    "gunicorn-preload": ["-m", "gunicorn", "--preload", "-w", "4",
                 "-b", "127.0.0.1:{port}", "--log-level", "error", "served:flask_app()"],
    "gunicorn-gevent": ["-m", "gunicorn", "-k", "gevent", "-w", "4",
                 "-b", "127.0.0.1:{port}", "--log-level", "error", "served:flask_app()"],
    "granian-wsgi": ["-m", "granian", "--interface", "wsgi", "--workers", "4", "--port", "{port}",
                     "--log-level", "error", "--respawn-failed-workers", "--factory",
                     "served:flask_app"],
    "uvicorn": ["-m", "uvicorn", "--factory", "--workers", "4", "--port", "{port}",
                "--log-level", "error", "served:fastapi_app"],
    "granian-asgi": ["-m", "granian", "--interface", "asgi", "--workers", "4", "--port", "{port}",
                     "--log-level", "error", "--respawn-failed-workers", "--factory",
                     "served:fastapi_app"],
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def sink(port: int, *flags: str) -> Iterator[None]:
    """Run a collector."""
    process = subprocess.Popen([sys.executable, str(HERE / "sink.py"), str(port), *flags])
    try:
        wait_for_port(port)
        yield
    finally:
        process.kill()
        process.wait()


def received(port: int) -> dict[str, list[str]]:
    """Ask the collector what it has."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/received", timeout=10) as answer:
        found: dict[str, list[str]] = json.load(answer)
        return found


def wait_for_port(port: int, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


class Served:
    """A running server, and the traces of all answers it has given."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port
        self.traces: list[str] = []
        self._stopping = threading.Event()
        self._clients: list[threading.Thread] = []

    def get(self, times: int = 1) -> None:
        """Send requests, one after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for _ in range(times):
            self._one(connection)
        connection.close()

    def _one(self, connection: http.client.HTTPConnection) -> None:
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            self.traces.append(response.headers["traceresponse"].split("-")[1])

    def start_load(self, clients: int, rate: float) -> None:
        """Send `rate` requests a second in the background, until the server is stopped."""
        pause = clients / rate
        self._clients = [
            threading.Thread(target=self._client, args=(pause,), daemon=True)
            for _ in range(clients)
        ]
        for client in self._clients:
            client.start()

    def _client(self, pause: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        due = time.monotonic()
        while not self._stopping.is_set():
            try:
                self._one(connection)
            except (OSError, http.client.HTTPException):
                connection.close()
                if self.process.poll() is not None:
                    return
            due += pause
            time.sleep(max(0.0, due - time.monotonic()))

    def end_load(self) -> None:
        self._stopping.set()
        for client in self._clients:
            client.join(10)

    def terminate(self) -> float:
        """Send SIGTERM; return the seconds until the server has gone."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun


def environment(sink_port: int, **env: str) -> dict[str, str]:
    """Return the environment of an application that exports to a collector on this port."""
    return {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{sink_port}", **env}


@contextmanager
def serve(server: str, sink_port: int, *extra: str, **env: str) -> Iterator[Served]:
    """Run an application of `served` on a server of one process."""
    with run(SERVERS[server], sink_port, *extra, **env) as running:
        yield running


@contextmanager
def run(template: list[str], sink_port: int, *extra: str, **env: str) -> Iterator[Served]:
    """Run a command that serves on `{port}`."""
    port = free_port()
    command = [argument.format(port=port) for argument in template] + list(extra)
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=HERE,
        env=environment(sink_port, **env),
        start_new_session=True,
    )
    running = Served(process, port)
    try:
        wait_for_port(port)
        yield running
    finally:
        running.end_load()
        # The group, because a server that is killed leaves its workers behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
