"""One delivery, seen three ways from one measurement: a span, a canonical log line, metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from aio_pika.abc import AbstractIncomingMessage
from opentelemetry.trace import Span, Status, StatusCode, format_span_id, format_trace_id

from events import names, spans
from events.effects import Outcome
from events.envelope import Envelope
from events.schemas import CATALOGUE
from events.signals import Metrics, Signals

UNKNOWN = "<unknown>"
"""Stands for every event type that the catalogue does not have: a label must stay bounded."""


@dataclass(kw_only=True)
class Seen:
    """What is learnt about a delivery while it is worked on."""

    outcome: Outcome | None = None
    """None when the delivery was not settled: the broker will deliver it again."""
    error: Exception | None = None

    def failed(self, error: Exception, outcome: Outcome) -> None:
        """Take note of a failure and of what becomes of the message."""
        self.error, self.outcome = error, outcome

    @property
    def error_type(self) -> str:
        """The failure's type, or an empty string."""
        return type(self.error).__name__ if self.error else ""


class Observer:
    """Records the deliveries of one queue, in all three signals."""

    def __init__(self, *, queue: str, signals: Signals, metrics: Metrics) -> None:
        self._queue, self._tracer, self._metrics = queue, signals.tracer, metrics
        self._log = signals.logger("events.consumer")

    @contextmanager
    def delivery(self, received: Envelope, message: AbstractIncomingMessage) -> Iterator[Seen]:
        """Observe the block that works on one delivery; what escapes it left it unsettled."""
        seen, started = Seen(), perf_counter()
        attributes = self._attributes(received, message)
        with spans.process(self._tracer, received.creation, attributes) as span:
            try:
                yield seen
            except Exception as error:
                seen.error = seen.error or error
                seen.outcome = None
                raise
            finally:
                self._tell(received, seen, span, perf_counter() - started)

    def _attributes(
        self, received: Envelope, message: AbstractIncomingMessage
    ) -> dict[str, str | int]:
        key = f"{event_type(received)}.v{received.version}"
        return {
            names.SYSTEM: names.RABBITMQ,
            names.OPERATION_NAME: "process",
            names.OPERATION_TYPE: "process",
            names.DESTINATION: f"{names.EXCHANGE}:{key}:{self._queue}",
            names.ROUTING_KEY: key,
            names.MESSAGE_ID: received.event_id,
            names.BODY_SIZE: len(message.body),
        }

    def _tell(self, received: Envelope, seen: Seen, span: Span, seconds: float) -> None:
        if seen.error:
            span.record_exception(seen.error)
            span.set_attribute(names.ERROR_TYPE, seen.error_type)
            span.set_status(Status(StatusCode.ERROR))
        self._log.info(names.MESSAGE_PROCESS, **self._line(received, seen, seconds))
        kind, outcome = event_type(received), seen.outcome or "unsettled"
        self._metrics.consumed.labels(self._queue, kind, outcome).inc()
        self._metrics.process_duration.labels(self._queue, kind, seen.error_type).observe(seconds)
        self._metrics.time_in_queue.labels(self._queue).observe(received.in_queue_seconds)

    def _line(self, received: Envelope, seen: Seen, seconds: float) -> dict[str, str | int | float]:
        """Return the keys of the canonical line; the logger adds this trace's own ids."""
        line: dict[str, str | int | float] = {
            names.DESTINATION: self._queue,
            names.EVENT_TYPE: event_type(received),
            names.MESSAGE_ID: received.event_id,
            names.OUTCOME: seen.outcome or "unsettled",
            names.ATTEMPT_KEY: received.attempt,
            names.IN_QUEUE_S: round(received.in_queue_seconds, 6),
            names.DURATION_S: round(seconds, 6),
        }
        if received.creation:
            line[names.PRODUCER_TRACE_ID] = format_trace_id(received.creation.trace_id)
            line[names.PRODUCER_SPAN_ID] = format_span_id(received.creation.span_id)
        if seen.error:
            line[names.ERROR_TYPE] = seen.error_type
        return line


def event_type(received: Envelope) -> str:
    """Return the event's type when the catalogue has it, else one constant."""
    return received.type if (received.type, received.version) in CATALOGUE else UNKNOWN
