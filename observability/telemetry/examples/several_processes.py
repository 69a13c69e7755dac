"""Four workers, one /metrics: `python several_processes.py` starts gunicorn and asks it.

Needs gunicorn, and nothing else: the workers find each other.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUESTS = 20
COUNT = "http_server_request_duration_seconds_count"


@contextmanager
def server(port: int) -> Iterator[str]:
    """Run the Flask example with four workers; give its URL once it answers."""
    command = ["-m", "gunicorn", "-w", "4", "-b", f"127.0.0.1:{port}", "flask_app:create_app()"]
    running = subprocess.Popen([sys.executable, *command], cwd=Path(__file__).parent)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not start")


def get(url: str) -> str:
    """Ask on a connection of its own, so that any worker may answer."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (http, as above)
        text: str = answer.read().decode()
        return text


def counted(page: str) -> float:
    """Add up the requests on a page of metrics."""
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(COUNT))


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as unused:
        free = unused.getsockname()[1]
    with server(free) as url:
        for _ in range(REQUESTS):
            get(f"{url}/items/1")
        print({counted(get(f"{url}/metrics")) for _ in range(10)})
