"""The same request through both implementations and both frameworks leaves the same signals."""

from typing import Any

import pytest

from .drivers import Request
from .observe import FRAMEWORKS, IMPLEMENTATIONS, observe

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

REQUESTS = {
    "success": Request("GET", "/items/7"),
    "query with a secret": Request("GET", "/items/7", "colour=red&api_key=hunter2"),
    "no content": Request("DELETE", "/items/7"),
    "head": Request("HEAD", "/items/7"),
    "unmatched route": Request("GET", "/nothing/here"),
    "method not allowed": Request("PATCH", "/items/7"),
    "unknown method": Request("BREW", "/items/7"),
    "client error": Request("GET", "/teapot"),
    "server error": Request("GET", "/unavailable"),
    "exception": Request("GET", "/boom"),
    "streaming": Request("GET", "/stream"),
    "stream that breaks": Request("GET", "/broken-stream"),
    "client that goes away": Request("GET", "/stream", disconnect_after=1),
    "attribute of a handler": Request("GET", "/note"),
    "log line of a handler": Request("GET", "/logged"),
    "mounted prefix": Request("GET", "/items/7", prefix="/shop"),
    "probe": Request("GET", "/healthz"),
    "sampled parent": Request(
        "GET", "/items/7", headers=(("traceparent", f"00-{TRACE}-{PARENT}-01"),)
    ),
    "unsampled parent": Request(
        "GET", "/items/7", headers=(("traceparent", f"00-{TRACE}-{PARENT}-00"),)
    ),
    "tracestate": Request(
        "GET",
        "/items/7",
        headers=(
            ("traceparent", f"00-{TRACE}-{PARENT}-01"),
            ("tracestate", "lab=keep,other=1"),
        ),
    ),
    "tracestate without parent": Request("GET", "/items/7", headers=(("tracestate", "lab=keep"),)),
    "broken traceparent": Request("GET", "/items/7", headers=(("traceparent", "00-zz-1-1"),)),
    "zero traceparent": Request(
        "GET", "/items/7", headers=(("traceparent", f"00-{'0' * 32}-{PARENT}-01"),)
    ),
    "version ff": Request(
        "GET", "/items/7", headers=(("traceparent", f"ff-{TRACE}-{PARENT}-01"),)
    ),
    "future version": Request(
        "GET", "/items/7", headers=(("traceparent", f"01-{TRACE}-{PARENT}-01-more"),)
    ),
    "baggage": Request("GET", "/note", headers=(("baggage", "tenant=acme,colour=red"),)),
    "hostile baggage": Request("GET", "/note", headers=(("baggage", "=;,;=%%,tenant=a" * 50),)),
    "non-ascii header": Request("GET", "/items/7", headers=(("user-agent", "caf\xe9 \xff"),)),
    "non-ascii path": Request("GET", "/nothing/%E2%82%AC%20%F0%9F%92%BB"),
    "no user agent": Request("GET", "/items/7", headers=(("user-agent", ""),)),
    "host without port": Request("GET", "/items/7", headers=(("host", "shop.test"),)),
    "ipv6 host": Request("GET", "/items/7", headers=(("host", "[::1]:8080"),)),
    "hostile host": Request("GET", "/items/7", headers=(("host", "a:b:c]["),)),
    "long values": Request("GET", "/nothing/" + "x" * 3000, headers=(("user-agent", "y" * 3000),)),
    "token in the path": Request("GET", "/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
}  # fmt: skip


CASES = [(framework, name) for framework in FRAMEWORKS for name in REQUESTS]


@pytest.mark.parametrize(("framework", "name"), CASES)
def test_both_implementations_leave_the_same_signals(framework: str, name: str) -> None:
    contrib, lean = (observe(framework, each, REQUESTS[name]) for each in IMPLEMENTATIONS)
    assert lean.comparable() == contrib.comparable()


# What the frameworks themselves see differently, and so may their signals.
FRAMEWORKS_DIFFER = {
    "method not allowed",  # Flask finds no rule; FastAPI finds the route, without the method
    "unknown method",
    "client that goes away",  # WSGI closes the stream; ASGI raises into it
}


BETWEEN_FRAMEWORKS = [
    (implementation, name)
    for implementation in IMPLEMENTATIONS
    for name in sorted(REQUESTS.keys() - FRAMEWORKS_DIFFER)
]


@pytest.mark.parametrize(("implementation", "name"), BETWEEN_FRAMEWORKS)
def test_both_frameworks_leave_the_same_signals(implementation: str, name: str) -> None:
    flask, fastapi = (observe(each, implementation, REQUESTS[name]) for each in FRAMEWORKS)
    assert fastapi.comparable() == in_fastapi_words(flask.comparable())


def in_fastapi_words(value: Any) -> Any:  # noqa: ANN401
    """Spell route templates as FastAPI does."""
    if isinstance(value, str):
        return value.replace("<int:item>", "{item}")
    if isinstance(value, dict):
        return {in_fastapi_words(key): in_fastapi_words(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(in_fastapi_words(item) for item in value)
    return value
