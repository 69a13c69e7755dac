"""The rules that both implementations follow when they describe a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from threesignals import names

SERVER_ATTRIBUTES = frozenset(
    {
        names.HTTP_REQUEST_METHOD,
        names.HTTP_REQUEST_METHOD_ORIGINAL,
        names.HTTP_ROUTE,
        names.HTTP_RESPONSE_STATUS_CODE,
        names.ERROR_TYPE,
        names.URL_PATH,
        names.URL_QUERY,
        names.URL_SCHEME,
        names.NETWORK_PROTOCOL_VERSION,
        names.SERVER_ADDRESS,
        names.SERVER_PORT,
        names.CLIENT_ADDRESS,
        names.USER_AGENT_ORIGINAL,
    }
)


def span_name(method: str, route: str | None) -> str:
    """Name a SERVER span by its method and route, or by its method alone."""
    verb = "HTTP" if method == names.OTHER_METHOD else method
    return f"{verb} {route}" if route else verb


def query_span_name(operation: str, namespace: str | None, system: str) -> str:
    """Name a database span by what is done and where, as the conventions advise."""
    return " ".join(filter(None, (operation, namespace))) or system


def known_method(method: str) -> str:
    """Return a method of the bounded set; `_OTHER` stands for what is not in it."""
    method = method.upper()
    return method if method in names.KNOWN_METHODS else names.OTHER_METHOD


# Exceptions that mean that nobody waits for the answer any more: no failure of the service.
_GONE = frozenset(
    {
        "GeneratorExit",
        "asyncio.exceptions.CancelledError",
        "greenlet.GreenletExit",
        "starlette.requests.ClientDisconnect",
        "trio.Cancelled",
        "uvicorn.protocols.utils.ClientDisconnected",
    }
)


def client_gone(exception: BaseException) -> bool:
    """Tell whether an exception says that the client went away, or that its task was cancelled."""
    return any(f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.") in _GONE
               for kind in type(exception).__mro__)  # fmt: skip


def error_type(status: int, exception: str | None, *, failed: bool, gone: bool = False) -> str:
    """Name what failed a request: the exception, or the status; empty when nothing did.

    `failed` tells that an exception left the application, which may be after an answer of 200 has
    begun, or that a handler called it a failure; `gone` that the client did not wait for its
    answer. A request that ended otherwise without an answer, and without an exception, was aborted.
    """
    if (0 < status < 500 and not failed) or (gone and status < 500):
        return ""
    if 0 < status < 500:
        return exception or names.OTHER_ERROR
    return exception or (str(status) if status else "aborted")


def server_address(host: str) -> tuple[str | None, int | None]:
    """Split a Host header into address and port; None for what it does not say, or not validly."""
    try:
        parts = urlsplit(f"//{host}")
        address, port = parts.hostname, parts.port
    except ValueError:
        return None, None
    return address or None, port


def present(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is not known; an absent attribute says so."""
    return {key: value for key, value in attributes.items() if value not in (None, "")}
