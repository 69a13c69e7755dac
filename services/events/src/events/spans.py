"""Spans of a message's life, named by OpenTelemetry's messaging conventions.

create   PRODUCER, in the trace of the request that caused the event; its context travels along
send     CLIENT, the relay's own trace: one for a batch, with a link to each message's creation
process  CONSUMER, a trace of its own for each delivery, with a link to the message's creation
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events import names

_W3C = TraceContextTextMapPropagator()


def create(tracer: Tracer, routing_key: str, message_id: str) -> dict[str, str]:
    """Record a message's creation in the current trace; return its context as W3C headers."""
    destination = f"{names.EXCHANGE}:{routing_key}"
    attributes = {
        names.SYSTEM: names.RABBITMQ,
        names.OPERATION_NAME: "create",
        names.OPERATION_TYPE: "create",
        names.DESTINATION: destination,
        names.ROUTING_KEY: routing_key,
        names.MESSAGE_ID: message_id,
    }
    carrier: dict[str, str] = {}
    with tracer.start_as_current_span(
        f"create {destination}", kind=SpanKind.PRODUCER, attributes=attributes
    ):
        _W3C.inject(carrier)
    return carrier


@contextmanager
def send(tracer: Tracer, creations: Iterable[SpanContext], count: int) -> Iterator[Span]:
    """Record one batch that goes to the broker, in a trace of its own."""
    attributes: dict[str, str | int] = {
        names.SYSTEM: names.RABBITMQ,
        names.OPERATION_NAME: "send",
        names.OPERATION_TYPE: "send",
        names.DESTINATION: names.EXCHANGE,
        names.BATCH_COUNT: count,
    }
    with tracer.start_as_current_span(
        f"send {names.EXCHANGE}",
        context=Context(),
        kind=SpanKind.CLIENT,
        attributes=attributes,
        links=[Link(context) for context in creations],
    ) as span:
        yield span


@contextmanager
def process(
    tracer: Tracer, creation: SpanContext | None, attributes: Mapping[str, str | int]
) -> Iterator[Span]:
    """Record one delivery, in a trace of its own that links to the message's creation."""
    with tracer.start_as_current_span(
        f"process {attributes[names.DESTINATION]}",
        context=Context(),
        kind=SpanKind.CONSUMER,
        attributes=attributes,
        links=[Link(creation)] if creation else [],
    ) as span:
        yield span


def creation_context(headers: Mapping[str, str | None]) -> SpanContext | None:
    """Return the context that a message carries, or None when it has no valid one."""
    carrier = {
        key: value
        for key in (names.TRACEPARENT, names.TRACESTATE)
        if isinstance(value := headers.get(key), str)
    }
    span = trace.get_current_span(_W3C.extract(carrier, context=Context()))
    context = span.get_span_context()
    return context if context.is_valid else None
