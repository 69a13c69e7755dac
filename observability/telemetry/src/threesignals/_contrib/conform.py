"""Where contrib departs from the contract, and how its spans are put right.

Each correction is a line in docs/contract.md, "Where contrib differs".
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status, StatusCode

from threesignals import names
from threesignals._contract import (
    SERVER_ATTRIBUTES,
    present,
    span_name,
)
from threesignals._finished import FinishedRequest
from threesignals._limits import LONGEST_VALUE
from threesignals._values import clean, clean_text

# Set by contrib, not part of the contract: opt-in in the conventions, or contrib's own.
_SURPLUS = ("client.port", "user_agent.synthetic.type", "network.peer.port", "network.peer.address")


class Ending(NamedTuple):
    """What no attribute of a span says: the exception that failed it, and if it is a latency.

    `ticks` is when it ended, by CLOCK; 0 is now.
    """

    exception: dict[str, str] | None = None
    timed: bool = True
    ticks: int = 0


# By the span's id, while it ends: a finished one is handed on as it is ended.
endings: dict[int, Ending] = {}
_PLAIN = Ending()


def ending_of(span: ReadableSpan) -> Ending:
    """Return how a span ends; one that no adapter ends has nothing to say."""
    return endings.get(span.context.span_id, _PLAIN)


def conform(span: ReadableSpan) -> ReadableSpan:
    """Return the span of an HTTP request as the contract has it."""
    attributes = present(_corrected(span.attributes or {}))
    name = span_name(attributes[names.HTTP_REQUEST_METHOD], attributes.get(names.HTTP_ROUTE))
    status = Status(StatusCode.ERROR if names.ERROR_TYPE in attributes else StatusCode.UNSET)
    events = tuple(
        Event(event.name, _redacted(event.attributes or {}), event.timestamp)
        for event in span.events
    )
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
    return {
        key: clean_text(value, LONGEST_VALUE)
        if key in SERVER_ATTRIBUTES and isinstance(value, str)
        else value
        for key, value in clean(corrected).items()
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
    return {k: v for k, v in clean(attributes).items() if k != "exception.escaped"}


def exception_of(events: tuple[Event, ...]) -> dict[str, str] | None:
    """Return what the first exception event says; None when there is none."""
    for event in events:
        if event.name == names.EXCEPTION_EVENT:
            return {key: str(value) for key, value in (event.attributes or {}).items()}
    return None


def finished_request(span: ReadableSpan) -> FinishedRequest:
    """Read the measurement off a conformed span."""
    attributes = span.attributes or {}
    exception, timed, _ = ending_of(span)
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
        error_type=str(attributes.get(names.ERROR_TYPE, "")),
        exception=exception,
        attributes={k: v for k, v in attributes.items() if k not in SERVER_ATTRIBUTES},
        timed=timed,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
