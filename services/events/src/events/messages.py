"""An event as an AMQP message: what the relay writes and the consumer reads."""

import time
from datetime import UTC, datetime

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, FieldValue, HeadersType

from events import names
from events.envelope import Envelope
from events.outbox import Pending
from events.spans import creation_context

JSON = "application/json"


def encode(row: Pending) -> Message:
    """Return the persistent message that says what an outbox row says."""
    headers: HeadersType = {names.VERSION: row.version, names.SENT_AT: milliseconds(time.time())}
    for key, value in ((names.TRACEPARENT, row.traceparent), (names.TRACESTATE, row.tracestate)):
        if value is not None:
            headers[key] = value
    return Message(
        row.body.encode(),
        message_id=row.event_id,
        type=row.type,
        timestamp=datetime.fromtimestamp(row.created_at, UTC),
        content_type=JSON,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers=headers,
    )


def again(message: AbstractIncomingMessage, headers: HeadersType) -> Message:
    """Return a copy of a delivered message with some headers changed; it keeps its id."""
    kept = {k: v for k, v in message.headers.items() if k not in names.BROKER_HEADERS}
    return Message(
        message.body,
        message_id=message.message_id,
        type=message.type,
        timestamp=message.timestamp,
        content_type=message.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers={**kept, **headers},
    )


def envelope(message: AbstractIncomingMessage) -> Envelope:
    """Read a delivery's properties; what is missing or of a wrong type has a harmless default."""
    headers = message.headers
    sent_at = _number(headers.get(names.SENT_AT))
    waited = time.time() - sent_at / 1000 if sent_at else 0.0
    return Envelope(
        event_id=message.message_id or "",
        type=message.type or "",
        version=_number(headers.get(names.VERSION)),
        attempt=_number(headers.get(names.ATTEMPT)),
        in_queue_seconds=max(0.0, waited),
        creation=creation_context({k: str(v) for k, v in headers.items()}),
    )


def milliseconds(seconds: float) -> int:
    """Return seconds since the epoch as the wire has them."""
    return round(seconds * 1000)


def _number(value: FieldValue) -> int:
    return value if isinstance(value, int) else 0
