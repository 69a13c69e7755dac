"""Spans that cost little: plain attributes, no locks, no copies; encoded later, elsewhere.

A span belongs to the request that makes it. What is not set stays a default of the class.
"""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)
from opentelemetry.util.types import Attributes, AttributeValue

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._exceptions import exception_attributes
from threesignals._limits import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_ATTRIBUTES,
    MOST_EVENTS,
    MOST_LINKS,
)
from threesignals._values import clean, clean_text, clean_value, items_of

# As OTLP numbers them.
INTERNAL, SERVER, CLIENT = 1, 2, 3


class Event:
    """Something that happened while a span was open."""

    __slots__ = ("attributes", "name", "timestamp")

    def __init__(self, name: str, attributes: Mapping[str, Any], timestamp: int) -> None:
        self.name = name
        self.attributes = attributes
        self.timestamp = timestamp


class LeanSpan(Span):
    """A recording span, under OpenTelemetry's API.

    `ids` is the trace's id and the span's, 16 and 8 bytes; `parent` is 8 bytes, or none.
    `start_time` and `end_time` are ticks of CLOCK.
    `finish` receives the span when it ends; nobody changes it after that.
    """

    kind: int = INTERNAL
    name: str = ""
    parent: bytes = b""
    parent_is_remote: bool = False
    trace_state: TraceState | None = None
    end_time: int = 0
    attributes: dict[str, Any] | None = None
    events: list[Event] | None = None
    recorded: list[BaseException] | None = None
    links: list[Link] | None = None
    status_code: StatusCode = StatusCode.UNSET
    status_description: str | None = None
    # The encoded scope of the library that made the span, when it is not this one.
    made_by: bytes = b""
    # Encoded name, kind and attributes, when all of them are known beforehand.
    encoded: bytes = b""
    # False once anything has been set that most spans do not have.
    plain: bool = True

    def __init__(self, finish: Callable[["LeanSpan"], None], ids: bytes, trace_flags: int) -> None:
        self.finish = finish
        self.ids = ids
        self.trace_flags = trace_flags
        self.start_time = CLOCK.ticks()

    def get_span_context(self) -> SpanContext:
        """Return the immutable identity of this span."""
        return SpanContext(
            int.from_bytes(self.ids[:16], "big"),
            int.from_bytes(self.ids[16:], "big"),
            is_remote=False,
            trace_flags=TraceFlags(self.trace_flags),
            trace_state=self.trace_state,
        )

    def is_recording(self) -> bool:
        """Tell whether the span is still open."""
        return not self.end_time

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Set one attribute, while the span is open."""
        if self.end_time:
            return
        if self.attributes is None:
            self.attributes = {}
            self.plain = False
        if type(key) is not str or type(value) not in _ATOMS:
            key, value = _snapshot(key, value)
        if len(self.attributes) < MOST_ATTRIBUTES or key in self.attributes:
            self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Set several attributes."""
        for key, value in items_of(attributes):
            self.set_attribute(key, value)

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        """Add an event, now unless `timestamp` (ns) says otherwise."""
        if self.end_time:
            return
        if self.events is None:
            self.events = []
            self.plain = False
        if len(self.events) < MOST_EVENTS:
            happened = CLOCK.ticks_at(timestamp) + CLOCK.offset()
            self.events.append(Event(name, clean(attributes), happened))

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        """Link to another span."""
        if self.links is None:
            self.links = []
            self.plain = False
        if len(self.links) < MOST_LINKS:
            self.links.append(Link(context, clean(attributes)))

    def update_name(self, name: str) -> None:
        """Rename the span."""
        self.plain = False
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Set the status; OK is final, and UNSET changes nothing."""
        wanted = status if isinstance(status, Status) else Status(status, description)
        if self.status_code is StatusCode.OK or wanted.status_code is StatusCode.UNSET:
            return
        self.plain = False
        self.status_code = wanted.status_code
        self.status_description = wanted.description and clean_text(wanted.description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Record an exception as an event, without credentials; once, however far it travels."""
        if self.end_time or any(known is exception for known in self.recorded or ()):
            return
        self.recorded = [*(self.recorded or ()), exception]
        described = exception_attributes(exception)
        self.add_event(names.EXCEPTION_EVENT, {**described, **clean(attributes)}, timestamp)

    def end(self, end_time: int | None = None) -> None:
        """End the span, once, and hand it on."""
        if not self.end_time:
            self.end_time = CLOCK.ticks_at(end_time)
            self.finish(self)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """End the span; an exception that leaves the block makes it an error."""
        if exc_val is not None:
            self.record_exception(exc_val)
            self.set_status(StatusCode.ERROR)
        self.end()


# Values that neither change nor grow; a text is looked at for its length.
_ATOMS = frozenset({bool, int, float})


def _snapshot(key: object, value: object) -> tuple[str, Any]:
    """Return an attribute as it is now: a list may change, a text may be too long to keep."""
    if type(key) is not str:
        key = clean_text(key, LONGEST_NAME)
    if type(value) is str and len(value) <= LONGEST_TEXT:
        return key, value
    return key, clean_value(value)


KINDS = {
    SpanKind.INTERNAL: INTERNAL,
    SpanKind.SERVER: SERVER,
    SpanKind.CLIENT: CLIENT,
    SpanKind.PRODUCER: 4,
    SpanKind.CONSUMER: 5,
}
