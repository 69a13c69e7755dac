"""Where contrib departs from the contract, and how its spans are put right.

Each correction is a line in docs/telemetry.md, "Where contrib differs".
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status, StatusCode

from telemetry import names
from telemetry.finished import FinishedRequest
from telemetry.redaction import redact_query, redact_text

# Set by contrib, not part of the contract: opt-in in the conventions, or contrib's own.
_SURPLUS = ("client.port", "user_agent.synthetic.type", "network.peer.port", "network.peer.address")

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


def conform(span: ReadableSpan) -> ReadableSpan | None:
    """Return the span as the contract has it; None when it is no HTTP request (a websocket)."""
    attributes = {k: v for k, v in (span.attributes or {}).items() if k not in _SURPLUS}
    if names.HTTP_REQUEST_METHOD not in attributes:
        return None
    events = _without_repeats(span.events)
    _split_server_address(attributes)
    _redact_url(attributes)
    error = _error_type(attributes, events)
    if error:
        attributes[names.ERROR_TYPE] = error
    return ReadableSpan(
        name=span_name(attributes),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        events=events,
        links=span.links,
        kind=span.kind,
        status=Status(StatusCode.ERROR if error else StatusCode.UNSET),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def span_name(attributes: Mapping[str, Any]) -> str:
    """Name a span by method and route; contrib takes the raw path when no route matched."""
    method = attributes[names.HTTP_REQUEST_METHOD]
    verb = "HTTP" if method == names.OTHER_METHOD else method
    route = attributes.get(names.HTTP_ROUTE)
    return f"{verb} {route}" if route else verb


def _split_server_address(attributes: dict[str, Any]) -> None:
    """Contrib puts the port inside `server.address`."""
    host, colon, port = str(attributes.get(names.SERVER_ADDRESS, "")).rpartition(":")
    if colon and port.isdigit() and not host.endswith(":"):
        attributes[names.SERVER_ADDRESS] = host
        attributes.setdefault(names.SERVER_PORT, int(port))


def _redact_url(attributes: dict[str, Any]) -> None:
    if query := attributes.get(names.URL_QUERY):
        attributes[names.URL_QUERY] = redact_query(query)
    if path := attributes.get(names.URL_PATH):
        attributes[names.URL_PATH] = redact_text(path)


def _without_repeats(events: Any) -> tuple[Event, ...]:  # noqa: ANN401
    """Contrib records one exception at each layer it passes; keep the first, without secrets."""
    kept: dict[Any, Event] = {}
    for event in events:
        attributes = event.attributes or {}
        identity = (event.name, attributes.get(names.EXCEPTION_TYPE),
                    attributes.get(names.EXCEPTION_MESSAGE))  # fmt: skip
        key = identity if event.name == names.EXCEPTION_EVENT else id(event)
        kept.setdefault(key, Event(event.name, _redacted(attributes), event.timestamp))
    return tuple(kept.values())


def _redacted(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: redact_text(value) if isinstance(value, str) else value
        for key, value in attributes.items()
        if key != "exception.escaped"
    }


def _error_type(attributes: Mapping[str, Any], events: tuple[Event, ...]) -> str:
    """Name the exception of a failed request, or its status; empty for an answer below 500."""
    status = attributes.get(names.HTTP_RESPONSE_STATUS_CODE, 0)
    if 0 < status < 500:
        return ""
    exception = _exception(events)
    if exception:
        return str(exception[names.EXCEPTION_TYPE])
    return str(status) if status else "aborted"


def _exception(events: tuple[Event, ...]) -> dict[str, str] | None:
    for event in events:
        if event.name == names.EXCEPTION_EVENT:
            return {key: str(value) for key, value in (event.attributes or {}).items()}
    return None


def finished_request(span: ReadableSpan) -> FinishedRequest:
    """Read the measurement off a conformed span."""
    attributes = span.attributes or {}
    error_type = str(attributes.get(names.ERROR_TYPE, ""))
    return FinishedRequest(
        method=str(attributes[names.HTTP_REQUEST_METHOD]),
        route=_text(attributes.get(names.HTTP_ROUTE)),
        status=int(str(attributes.get(names.HTTP_RESPONSE_STATUS_CODE, 0))),
        path=str(attributes.get(names.URL_PATH, "")),
        start_ns=span.start_time or 0,
        end_ns=span.end_time or 0,
        trace_id=span.context.trace_id,
        span_id=span.context.span_id,
        sampled=span.context.trace_flags.sampled,
        error_type=error_type,
        exception=_exception(tuple(span.events)) if error_type else None,
        attributes={k: v for k, v in attributes.items() if k not in SERVER_ATTRIBUTES},
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
