"""Why a collector did not take a batch, in words that say what to change."""

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from threesignals._endpoint import SPOKEN, Endpoint

_GRPC_PORT = 4317


def of_failure(failure: Exception) -> str:
    """Explain what went wrong before there was an answer."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({failure.verify_message}):"
            " OTEL_EXPORTER_OTLP_CERTIFICATE names the file of a private authority"
        )
    if isinstance(failure, http.client.HTTPException | ConnectionResetError | BrokenPipeError):
        return "it does not answer in HTTP/1.1"
    for kind, text in _PLAIN.items():
        if isinstance(failure, kind):
            return text
    return str(failure) or type(failure).__name__


_PLAIN: dict[type[Exception], str] = {
    ConnectionRefusedError: "connection refused",
    TimeoutError: "no answer in time",
    socket.gaierror: "its host name is not known",
}


def of_status(status: int) -> str:
    """Explain an answer that is no success."""
    return f"HTTP {status}"


def with_hints(reason: str, endpoint: Endpoint) -> str:
    """Add what about the endpoint is likely to be wrong."""
    hints = []
    if urlsplit(endpoint.url).port == _GRPC_PORT:
        hints.append("4317 is usually the port for gRPC, and 4318 the one for HTTP")
    if endpoint.asked_protocol != SPOKEN:
        hints.append(f"{SPOKEN} is spoken here, not {endpoint.asked_protocol}")
    return "; ".join((reason, *hints))
