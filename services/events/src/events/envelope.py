"""What a delivery says beside its body."""

from dataclasses import dataclass

from opentelemetry.trace import SpanContext


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What a delivery says beside its body. Nothing in it is trusted: it came over the wire."""

    event_id: str
    type: str
    version: int
    attempt: int
    in_queue_seconds: float
    creation: SpanContext | None
