"""How long a server waits for a client, and how many clients it waits for.

Each limit is a deadline for the whole, which a byte now and then doesn't put off.
`chassis.gunicorn` and `chassis.uvicorn` hold the same ones.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Literal

from prometheus_client import CollectorRegistry, Counter

from chassis.problems import MEDIA_TYPE, http_problem

REQUEST_SECONDS = 5.0
"""From a connection, or the first byte of a further request on it, to the request's last byte."""

RESPONSE_SECONDS = 10.0
"""From an answer to the moment when the client has taken all of it."""

KEEPALIVE_SECONDS = 120  # longer than a gateway's (Traefik 90 s), so that the gateway closes first
LINGER_SECONDS = 2.0
"""For a client to see an answer before its connection goes, though it is sending still."""

FINISH_SECONDS = 15
CONNECTIONS = 1024
"""Open at once. When there are more, that one goes which has owed a request the longest."""

HEAD_BYTES = 65_536
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSED_CONNECTIONS = "http_server_closed_connections_total"
Reason = Literal["request_late", "response_late", "too_many", "head_too_large"]
REASONS: tuple[Reason, ...] = ("request_late", "response_late", "too_many", "head_too_large")


class Closed:
    """Counts the connections that a server closed on its clients, and why."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._closed = Counter(
            CLOSED_CONNECTIONS,
            "Connections closed on clients that were too slow or too many. "
            "Panel: connections closed.",
            ["reason"],
            registry=registry,
        )
        for reason in REASONS:
            self._closed.labels(reason)  # there from the start: the first one is an increase

    def count(self, reason: Reason) -> None:
        """Count one."""
        self._closed.labels(reason).inc()


def last_words(status: HTTPStatus) -> bytes:
    """Return a whole answer in HTTP/1.1 that no application made, and that is the last one."""
    body = json.dumps(http_problem(status)).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
