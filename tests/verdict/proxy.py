"""Two proxies that stand between real parts of the lab, each a process of its own.

`python -m tests.verdict.proxy slow LISTEN TARGET --delay 0.04 --every 1 [--after N]`
    passes bytes on between any client and a server, and holds back every n-th request.
`python -m tests.verdict.proxy lossy LISTEN TARGET --every 100`
    passes HTTP posts on, and answers every n-th itself as if it had been taken.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from lab.errors import LabError
from lab.facts import HOST
from lab.waiting import wait_until


async def slow(listen: int, target: int, *, delay: float, every: int, at_most: int) -> None:
    """Hold back every n-th request for `delay` seconds."""
    numbers, held = itertools.count(1), 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal held
        back_reader, back_writer = await asyncio.open_connection(HOST, target)
        answers = asyncio.create_task(_copy(back_reader, writer))
        try:
            while piece := await reader.read(65536):
                if _begins(piece) and next(numbers) % every == 0 and held < at_most:
                    held += 1
                    await asyncio.sleep(delay)
                back_writer.write(piece)
                await back_writer.drain()
        except ConnectionError:
            pass
        finally:
            back_writer.close()
            await answers

    server = await asyncio.start_server(connected, HOST, listen)
    async with server:
        await server.serve_forever()


def _begins(piece: bytes) -> bool:
    """Whether a request begins here; the body of one may come in a piece of its own."""
    return piece.startswith((b"GET ", b"POST ", b"DELETE "))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def lossy(listen: int, target: int, *, every: int) -> None:
    """Lose every n-th post."""
    numbers, client = itertools.count(1), httpx.Client(base_url=f"http://{HOST}:{target}")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = 200, b""
            if next(numbers) % every:
                kept = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                answer = client.post(self.path, content=body, headers=kept)
                status, content = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    ThreadingHTTPServer((HOST, listen), Handler).serve_forever()


@contextmanager
def running(kind: str, port: int, target: int, *options: object) -> Iterator[None]:
    """Run a proxy of a kind in front of a port, and end it afterwards."""
    command = [sys.executable, "-m", "tests.verdict.proxy", kind]
    command += map(str, (port, target, *options))
    process = subprocess.Popen(command)
    try:
        if not wait_until(lambda: _listens(port), seconds=20):
            raise LabError(f"The proxy does not listen on {port}.")
        yield
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["slow", "lossy"])
    parser.add_argument("listen", type=int)
    parser.add_argument("target", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--at-most", type=int, default=sys.maxsize)
    chosen = parser.parse_args()
    if chosen.kind == "lossy":
        lossy(chosen.listen, chosen.target, every=chosen.every)
    else:
        held = {"delay": chosen.delay, "every": chosen.every, "at_most": chosen.at_most}
        asyncio.run(slow(chosen.listen, chosen.target, **held))


if __name__ == "__main__":
    main()
