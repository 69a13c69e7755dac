"""Goodput: what a replica serves well when it is offered more than it can do.

`make goodput` offers each service 0.5 to 10 times its capacity, whether it answers or not, and
draws what came back in time. It fails when the goodput falls beyond the capacity.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.drawing import figure

FACTORS = (0.5, 1.0, 2.0, 5.0, 10.0)
PATHS = {"laptops": "/laptops", "port": "/port"}
PLACES, SUPPLIER_SECONDS = 8, 0.2
CAPACITY = PLACES / SUPPLIER_SECONDS
"""Requests a second: the lab's replica."""

GOOD_SECONDS = 2.0
SETTLE_SECONDS = 2.0
HELD = 0.9
"""The share of what is served at capacity that must be served beyond it: noise is not a fall."""


@dataclass
class Tally:
    """Answers within the measured time."""

    good: int = 0
    shed: int = 0
    failed: int = 0


@contextmanager
def replica(service: str) -> Iterator[int]:
    """Run a replica of a service, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    own = {
        "HTTP_PORT": str(port),
        "CAPACITY_CONCURRENCY": str(PLACES),
        "SUPPLIER_LATENCY_SECONDS": str(SUPPLIER_SECONDS),
    }
    command = [sys.executable, "-m", service]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, cwd=folder, env=os.environ | own, stdout=subprocess.DEVNULL
        ) as process,
    ):
        try:
            _await_port(port)
            yield port
        finally:
            process.terminate()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"Nobody listens on port {port}.")


async def offer(port: int, path: str, rate: float, seconds: float) -> Tally:
    """Send requests at a steady rate, each on a connection of its own, and count the answers."""
    tally, began = Tally(), time.monotonic()
    measured = (began + SETTLE_SECONDS, began + SETTLE_SECONDS + seconds)
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * (SETTLE_SECONDS + seconds))):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            tasks.create_task(_ask(port, path, tally, measured))
    return tally


async def _ask(port: int, path: str, tally: Tally, measured: tuple[float, float]) -> None:
    began = time.monotonic()
    try:
        status = await asyncio.wait_for(_status(port, path), 4 * GOOD_SECONDS)
    except (OSError, TimeoutError):
        status = 0
    ended = time.monotonic()
    if not measured[0] <= ended < measured[1]:
        return
    tally.good += status == 200 and ended - began <= GOOD_SECONDS
    tally.shed += status == 503
    tally.failed += status not in {200, 503}


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n".encode())
        line = (await reader.readline()).split()
        await reader.read()
        return int(line[1]) if len(line) > 1 else 0
    finally:
        writer.close()


def measure(service: str, seconds: float) -> list[float]:
    """Return the goodput of a service at each factor, in requests a second; print all counts."""
    found = []
    for factor in FACTORS:
        with replica(service) as port:
            tally = asyncio.run(offer(port, PATHS[service], factor * CAPACITY, seconds))
        found.append(tally.good / seconds)
        print(f"{service} x{factor:g}: {found[-1]:.1f}/s good, {tally}", flush=True)
    return found


def main() -> int:
    """Measure both services and draw them; return 1 when the goodput of one falls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each point")
    parser.add_argument("--output", type=Path, default=Path("docs/images/goodput.svg"))
    options = parser.parse_args()
    goodput = {service: measure(service, options.seconds) for service in PATHS}
    options.output.write_text(figure(FACTORS, goodput, capacity=CAPACITY))
    fallen = [name for name, found in goodput.items() if min(found[1:]) < HELD * found[1]]
    for name in fallen:
        print(f"The goodput of {name} falls beyond its capacity.", file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
