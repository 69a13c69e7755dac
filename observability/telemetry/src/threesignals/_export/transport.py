"""One OTLP endpoint over HTTP: a kept-alive connection, and what an answer means."""

import contextlib
import enum
import gzip
import http.client
import ssl
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

TIMEOUT_SECONDS = 10.0
RETRIABLE = frozenset({429, 502, 503, 504})


class Outcome(enum.Enum):
    """What became of a batch."""

    SENT = "sent"
    RETRY = "retry"
    REJECTED = "rejected"


class Sender(Protocol):
    """What an outbox needs of the network."""

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        """Send one request."""

    def reset(self) -> None:
        """Forget connections that belong to another process."""


class Transport:
    """Posts protobuf bodies to a URL. Not safe for two threads at once: each outbox has its own."""

    def __init__(self, url: str, *, headers: Mapping[str, str], compress: bool) -> None:
        self._url: SplitResult = urlsplit(url)
        self._compress = compress
        self._headers = {"Content-Type": "application/x-protobuf", **headers}
        if compress:
            self._headers["Content-Encoding"] = "gzip"
        self._connection: http.client.HTTPConnection | None = None

    def reset(self) -> None:
        """Forget the connection without closing it: after a fork the parent still uses it."""
        self._connection = None

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        """Post one request and wait for its answer, at most `timeout_seconds` (10 by default)."""
        timeout = min(TIMEOUT_SECONDS, timeout_seconds or TIMEOUT_SECONDS)
        data = gzip.compress(body, compresslevel=1) if self._compress else body
        try:
            status = self._post(data, timeout)
        except (OSError, http.client.HTTPException):
            self._close()
            return Outcome.RETRY
        if status in RETRIABLE:
            return Outcome.RETRY
        return Outcome.SENT if 200 <= status < 300 else Outcome.REJECTED

    def _post(self, data: bytes, timeout: float) -> int:
        connection = self._connection or self._connect(timeout)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        path = self._url.path or "/"
        connection.request("POST", f"{path}?{self._url.query}" if self._url.query else path,
                           body=data, headers=self._headers)  # fmt: skip
        response = connection.getresponse()
        response.read()
        return response.status

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "localhost", self._url.port
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(
                host, port, timeout=timeout, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None
