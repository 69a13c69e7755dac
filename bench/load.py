"""Load: as much as the server takes (wrk), and as much as was asked for (open loop)."""

import asyncio
import re
import subprocess
import time
from statistics import quantiles
from typing import NamedTuple

from bench.served import HOST, PORT

CONNECTIONS = 16
_TRACE = re.compile(rb"traceresponse: 00-([0-9a-f]{32})-([0-9a-f]{16})")


class Answer(NamedTuple):
    """One request: seconds since it was due, and `trace id:span id` if the answer named them."""

    seconds: float
    ids: str | None


def saturate(path: str, seconds: float) -> tuple[int, float]:
    """Send as fast as 16 connections can; return answered requests and seconds."""
    report = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", f"{HOST}{path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(report)
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", report)
    if found is None:
        raise RuntimeError(report)
    scale = {"ms": 0.001, "s": 1.0, "m": 60.0}[found[3]]
    return int(found[1]), float(found[2]) * scale


def open_loop(path: str, seconds: float, rate: int) -> list[Answer]:
    """Send `rate` requests a second on a schedule, whatever becomes of them.

    A request that waits for a free connection is late, and its lateness counts.
    """
    return asyncio.run(_open_loop(path, seconds, rate))


async def _open_loop(path: str, seconds: float, rate: int) -> list[Answer]:
    due: asyncio.Queue[float] = asyncio.Queue()
    answers: list[Answer] = []
    workers = [asyncio.create_task(_connection(path, due, answers)) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for number in range(int(seconds * rate)):
        at = begun + number / rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait(at)
    await due.join()
    for worker in workers:
        worker.cancel()
    return answers


async def _connection(path: str, due: "asyncio.Queue[float]", answers: list[Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode()
    while True:
        at = await due.get()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await _body(head, reader)
        answers.append(Answer(time.perf_counter() - at, ids_of(head)))
        due.task_done()


async def _body(head: bytes, reader: asyncio.StreamReader) -> None:
    if length := re.search(rb"content-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    else:
        await reader.readuntil(b"0\r\n\r\n")


def ids_of(head: bytes) -> str | None:
    """Return the ids that an answer's header names."""
    found = _TRACE.search(head)
    return b":".join(found.groups()).decode() if found else None


def p99(answers: list[Answer]) -> float:
    """Return the 99th percentile, in seconds."""
    return quantiles((answer.seconds for answer in answers), n=100)[98]
