"""One OTLP endpoint over HTTP: a kept-alive connection, and what an answer means."""

import contextlib
import enum
import gzip
import http.client
import ssl
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from threesignals._endpoint import Endpoint
from threesignals._environment import SettingsError
from threesignals._export.reasons import of_failure, of_status, with_hints

RETRIABLE = frozenset({429, 502, 503, 504})


class Outcome(enum.Enum):
    """What became of a batch."""

    SENT = "sent"
    RETRY = "retry"
    REJECTED = "rejected"


class Sender(Protocol):
    """What an outbox needs of the network. `reason` says why the last request was not taken."""

    reason: str

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        """Send one request."""

    def reset(self) -> None:
        """Forget connections that belong to another process."""


class Transport:
    """Posts protobuf bodies to a URL. Not safe for two threads at once: each outbox has its own."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.reason = ""
        self._endpoint = endpoint
        self._url: SplitResult = urlsplit(endpoint.url)
        self._tls = _tls(endpoint) if self._url.scheme == "https" else None
        self._headers = {"Content-Type": "application/x-protobuf", **endpoint.headers}
        if endpoint.compress:
            self._headers["Content-Encoding"] = "gzip"
        self._connection: http.client.HTTPConnection | None = None

    def reset(self) -> None:
        """Forget the connection without closing it: after a fork the parent still uses it."""
        self._connection = None

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        """Post one request and wait for its answer, at most `timeout_seconds`, and its own."""
        longest = self._endpoint.timeout_seconds
        timeout = min(longest, timeout_seconds or longest)
        data = gzip.compress(body, compresslevel=1) if self._endpoint.compress else body
        try:
            status = self._post(data, timeout)
        except (OSError, http.client.HTTPException) as failure:
            self.reason = with_hints(of_failure(failure), self._endpoint)
            self._close()
            return Outcome.RETRY
        self.reason = with_hints(of_status(status), self._endpoint)
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
        if self._tls is not None:
            self._connection = http.client.HTTPSConnection(
                host, port, timeout=timeout, context=self._tls
            )
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Trust the authority that is given, or the system's; show a certificate if there is one."""
    try:
        context = ssl.create_default_context(cafile=endpoint.certificate or None)
        if endpoint.client_certificate:
            context.load_cert_chain(endpoint.client_certificate, endpoint.client_key or None)
    except (OSError, ssl.SSLError) as failure:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE or _CLIENT_KEY holds no usable"
            f" certificate or key: {failure}"
        ) from None
    return context
