"""Load: as much as the server takes (wrk), and as much as was asked for (open loop)."""

import asyncio
import re
import subprocess
import time
from statistics import quantiles

from bench.servers import LOAD_CORE, PORT

CONNECTIONS = 16


def saturate(path: str, seconds: float) -> tuple[int, float]:
    """Send as fast as 16 connections can; return answered requests and seconds."""
    report = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s",
         f"http://127.0.0.1:{PORT}{path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(report)
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", report)
    if found is None:
        raise RuntimeError(report)
    scale = {"ms": 0.001, "s": 1.0, "m": 60.0}[found[3]]
    return int(found[1]), float(found[2]) * scale


def open_loop(path: str, seconds: float, rate: int) -> list[float]:
    """Send `rate` requests a second on a schedule; return each one's seconds since it was due.

    A request that waits for a free connection is late, and its lateness counts.
    """
    return asyncio.run(_open_loop(path, seconds, rate))


async def _open_loop(path: str, seconds: float, rate: int) -> list[float]:
    due: asyncio.Queue[float] = asyncio.Queue()
    latencies: list[float] = []
    workers = [asyncio.create_task(_connection(path, due, latencies)) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for number in range(int(seconds * rate)):
        at = begun + number / rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait(at)
    await due.join()
    for worker in workers:
        worker.cancel()
    return latencies


async def _connection(path: str, due: "asyncio.Queue[float]", latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode()
    while True:
        at = await due.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await _body(head.lower(), reader)
        latencies.append(time.perf_counter() - at)
        due.task_done()


async def _body(head: bytes, reader: asyncio.StreamReader) -> None:
    if length := re.search(rb"content-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    else:
        await reader.readuntil(b"0\r\n\r\n")


def p99(latencies: list[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(latencies, n=100)[98]
