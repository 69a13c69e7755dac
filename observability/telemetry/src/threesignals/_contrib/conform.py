"""Where contrib departs from the contract, and how its spans are put right.

Each correction is a line in docs/contract.md, "Where contrib differs".
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Span, Status, StatusCode

from threesignals import names
from threesignals._contract import (
    SERVER_ATTRIBUTES,
    clip,
    error_type,
    present,
    server_address,
    span_name,
)
from threesignals._finished import FinishedRequest
from threesignals._redaction import redact, redact_query, redact_text

# Set by contrib, not part of the contract: opt-in in the conventions, or contrib's own.
_SURPLUS = ("client.port", "user_agent.synthetic.type", "network.peer.port", "network.peer.address")

# Where the adapters leave what they know better, until the span has ended.
_CORRECT = "threesignals.correct."


def correct(span: Span, *, route: str | None, path: str, host: str, query: str) -> None:
    """Note on an open span what contrib gets wrong or cannot know before routing."""
    address, port = server_address(host)
    known = {
        names.HTTP_ROUTE: route,
        names.URL_PATH: path,
        names.URL_QUERY: query,
        names.SERVER_ADDRESS: address,
        names.SERVER_PORT: port,
    }
    span.set_attributes({_CORRECT + key: value or "" for key, value in known.items()})


def conform(span: ReadableSpan) -> ReadableSpan | None:
    """Return the span as the contract has it; None when it is no HTTP request (a websocket)."""
    attributes = _corrected(span.attributes or {})
    if names.HTTP_REQUEST_METHOD not in attributes:
        return None
    events = events_once(span.events)
    exception = exception_of(events) or {}
    code = int(attributes.get(names.HTTP_RESPONSE_STATUS_CODE, 0))
    failed = span.status.status_code is StatusCode.ERROR
    error = error_type(code, exception.get(names.EXCEPTION_TYPE), failed=failed)
    attributes = present(attributes | {names.ERROR_TYPE: error})
    name = span_name(attributes[names.HTTP_REQUEST_METHOD], attributes.get(names.HTTP_ROUTE))
    status = Status(StatusCode.ERROR if error else StatusCode.UNSET)
    return copy(span, name, attributes, events, status)


def copy(
    span: ReadableSpan,
    name: str,
    attributes: Mapping[str, Any],
    events: tuple[Event, ...],
    status: Status,
) -> ReadableSpan:
    """Return the span with these parts replaced; a finished span cannot be changed."""
    return ReadableSpan(
        name=name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        events=events,
        links=span.links,
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _corrected(attributes: Mapping[str, Any]) -> dict[str, Any]:
    corrected = {key: value for key, value in attributes.items() if key not in _SURPLUS}
    for key in [key for key in corrected if key.startswith(_CORRECT)]:
        corrected[key.removeprefix(_CORRECT)] = corrected.pop(key)
    corrected[names.URL_QUERY] = redact_query(corrected.get(names.URL_QUERY, ""))
    own = {key: value for key, value in corrected.items() if key not in SERVER_ATTRIBUTES}
    return {
        key: clip(redact_text(value)) if isinstance(value, str) else value
        for key, value in (corrected | redact(own)).items()
    }


def events_once(events: Any) -> tuple[Event, ...]:  # noqa: ANN401
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


def exception_of(events: tuple[Event, ...]) -> dict[str, str] | None:
    """Return what the first exception event says; None when there is none."""
    for event in events:
        if event.name == names.EXCEPTION_EVENT:
            return {key: str(value) for key, value in (event.attributes or {}).items()}
    return None


def finished_request(span: ReadableSpan) -> FinishedRequest:
    """Read the measurement off a conformed span."""
    attributes = span.attributes or {}
    error = str(attributes.get(names.ERROR_TYPE, ""))
    return FinishedRequest(
        method=str(attributes[names.HTTP_REQUEST_METHOD]),
        route=_text(attributes.get(names.HTTP_ROUTE)),
        status=int(str(attributes.get(names.HTTP_RESPONSE_STATUS_CODE, 0))),
        path=str(attributes.get(names.URL_PATH, "")),
        start_ns=span.start_time or 0,
        end_ns=span.end_time or 0,
        trace_id=span.context.trace_id,
        span_id=span.context.span_id,
        trace_flags=int(span.context.trace_flags),
        error_type=error,
        exception=exception_of(tuple(span.events)) if error else None,
        attributes={k: v for k, v in attributes.items() if k not in SERVER_ATTRIBUTES},
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
