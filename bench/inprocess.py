"""Processor time of one request without a server: baseline, `lean`, and `lean` of another tree.

Run as `python -m bench.inprocess [--against DIRECTORY]`, where the directory is a checkout's
`observability/telemetry/src`. All contenders live side by side and take turns of a fifth of a
second, so that what disturbs the machine disturbs all of them. Export is included, sockets to
clients are not.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.measure import sink
from bench.servers import environment
from bench.variants import FASTAPI, FLASK, baseline

TURN = {FLASK: 500, FASTAPI: 2000}
HEADERS = {"host": "127.0.0.1:18080", "user-agent": "bench/1", "accept": "*/*"}
_CONTEND = "import sys; from bench.inprocess import contend; contend(*sys.argv[1:])"


class Contender(NamedTuple):
    """A variant, and where its code is when that is not this tree."""

    name: str
    variant: str
    source: Path | None = None


def contend(framework: str, path: str) -> None:
    """Take a turn for each line that is read; answer with the microseconds of one request."""
    request = {FLASK: flask_request, FASTAPI: fastapi_request}[framework](path)
    # Telemetry may print lines of its own: they are not answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for line in sys.stdin:
        amount = int(line)
        begun = time.process_time()
        request(amount)
        print((time.process_time() - begun) / amount * 1e6, file=answers, flush=True)


def flask_request(path: str) -> Callable[[int], None]:
    """Return what sends so many requests to the Flask application."""
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415 (only what is measured is imported)

    from bench.apps import flask_app  # noqa: PLC0415

    app, environ = flask_app(), EnvironBuilder(path, headers=list(HEADERS.items())).get_environ()

    def requests(amount: int) -> None:
        for _ in range(amount):
            body = app(dict(environ), lambda *_: None)
            for _part in body:
                pass
            if close := getattr(body, "close", None):
                close()

    return requests


def fastapi_request(path: str) -> Callable[[int], None]:
    """Return what sends so many requests to the FastAPI application."""
    from bench.apps import fastapi_app  # noqa: PLC0415

    app, loop = fastapi_app(), asyncio.new_event_loop()
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 18080),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: dict[str, Any]) -> None:
        return None

    async def requests(amount: int) -> None:
        for _ in range(amount):
            await app({**scope, "headers": list(headers), "state": {}}, receive, send)

    return lambda amount: loop.run_until_complete(requests(amount))


def start(contender: Contender, framework: str, handler: str, url: str) -> "subprocess.Popen[str]":
    """Start a contender and let it warm up."""
    told = environment(contender.variant, url)
    if contender.source:
        told["PYTHONPATH"] = str(contender.source.resolve())
    command = [sys.executable, "-c", _CONTEND, framework, f"/{handler}"]
    process = subprocess.Popen(
        command, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    turn(process, TURN[framework])
    return process


def turn(process: "subprocess.Popen[str]", amount: int) -> float:
    """Let a contender handle so many requests; return the microseconds of one."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("a contender is asked and answers through pipes")
    process.stdin.write(f"{amount}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def compete(contenders: list[Contender], framework: str, handler: str, turns: int) -> None:
    """Print what one request costs each contender, and how much more than the first."""
    with sink() as url:
        running = [(one, start(one, framework, handler, url)) for one in contenders]
        costs: dict[str, list[float]] = {one.name: [] for one in contenders}
        for _ in range(turns):
            for one, process in random.sample(running, len(running)):
                costs[one.name].append(turn(process, TURN[framework]))
        for _, process in running:
            process.kill()
            process.wait()
    base = costs[contenders[0].name]
    for name, taken in costs.items():
        above = median(one - other for one, other in zip(taken, base, strict=True))
        print(f"{framework:<8} {handler:<6} {name:<14} {median(taken):8.2f} us  {above:+7.2f} us")


def main() -> None:
    """Compete on both frameworks."""
    parser = argparse.ArgumentParser(prog="python -m bench.inprocess", description=__doc__)
    parser.add_argument("--against", type=Path, metavar="DIRECTORY")
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--frameworks", nargs="+", choices=TURN, default=list(TURN))
    parser.add_argument("--handler", choices=("small", "real"), default="small")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    for framework in options.frameworks:
        contenders = [Contender("baseline", baseline(framework)), Contender("lean", "lean")]
        if options.against:
            contenders.append(Contender("lean, other", "lean", options.against))
        compete(contenders, framework, options.handler, options.turns)


if __name__ == "__main__":
    main()
