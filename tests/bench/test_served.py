"""The server's own count: what it answers, what it leaves out, and that threads lose nothing."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.served import Counter, ServedASGI, ServedWSGI


def test_a_count_that_several_threads_add_to_is_exact() -> None:
    counter = Counter()
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda _: counter.add(), range(4000)):
            pass
    assert (counter.read(), counter.read()) == (4000, 4000)


def test_wsgi_requests_are_counted_but_not_scrapes_nor_the_question() -> None:
    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b"answer"]

    served = ServedWSGI(app)

    def get(path: str) -> bytes:
        return b"".join(served({"PATH_INFO": path}, lambda *_: None))

    assert [get(path) for path in ("/small", "/metrics", "/real")] == [b"answer"] * 3
    assert (get("/served"), get("/served")) == (b"2", b"2")


def test_asgi_requests_are_counted_but_not_scrapes_nor_the_lifespan() -> None:
    seen: list[str] = []

    async def app(scope: dict[str, Any], _: object, __: object) -> None:
        seen.append(scope["type"])

    served, sent = ServedASGI(app), []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def call(kind: str, path: str) -> None:
        await served({"type": kind, "path": path}, None, send)

    async def calls() -> None:
        for kind, path in (("lifespan", ""), ("http", "/small"), ("http", "/metrics")):
            await call(kind, path)
        await call("http", "/served")

    asyncio.run(calls())
    assert seen == ["lifespan", "http", "http"]
    assert sent[-1]["body"] == b"1"
