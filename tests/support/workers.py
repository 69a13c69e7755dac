"""A service or a worker as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

HOST = "127.0.0.1"


@contextmanager
def process(name: str, module: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / f"{name}.log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        yield
    finally:
        running.terminate()
        assert running.wait(30) == 0, (folder / f"{name}.log").read_text()[-2000:]


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/readyz").is_success
    except httpx.HTTPError:
        return False
