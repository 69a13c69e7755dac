"""Every name this package puts on the wire: exchange, queues, headers, span attributes, metrics.

Span attributes and the first group of metrics follow OpenTelemetry's messaging conventions; the
`events_` metrics are about the outbox, the inbox and the retries, which those do not know.
"""

EXCHANGE = "events"
"""The one topic exchange. A routing key is an event's type and version."""

# Headers of a message. `traceparent` and `tracestate` are W3C's.
VERSION = "version"
ATTEMPT = "attempt"
FAILURE = "failure"
QUEUE = "queue"
SENT_AT = "sent-at-ms"
"""Milliseconds since the epoch, whole: the client library sends a float in 32 bits only."""
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
BROKER_HEADERS = frozenset(
    {"x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason"}
    | {"x-delivery-count"}
)
"""What RabbitMQ adds on the way; a copy of a message starts without them."""

# Span and log attributes.
SYSTEM = "messaging.system"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
ROUTING_KEY = "messaging.rabbitmq.destination.routing_key"
MESSAGE_ID = "messaging.message.id"
BODY_SIZE = "messaging.message.body.size"
BATCH_COUNT = "messaging.batch.message_count"
ERROR_TYPE = "error.type"
RABBITMQ = "rabbitmq"

# The canonical log line of a message, and the keys only it has.
MESSAGE_PROCESS = "message.process"
PRODUCER_TRACE_ID = "producer.trace_id"
PRODUCER_SPAN_ID = "producer.span_id"
EVENT_TYPE = "event.type"
OUTCOME = "outcome"
ATTEMPT_KEY = "attempt"
IN_QUEUE_S = "in_queue_s"
DURATION_S = "duration_s"

# Metrics.
SENT_MESSAGES = "messaging_client_sent_messages"
SEND_DURATION = "messaging_client_operation_duration_seconds"
CONSUMED_MESSAGES = "messaging_client_consumed_messages"
PROCESS_DURATION = "messaging_process_duration_seconds"
TIME_IN_QUEUE = "events_time_in_queue_seconds"
OUTBOX_PENDING = "events_outbox_pending"
OUTBOX_OLDEST_AGE = "events_outbox_oldest_age_seconds"
BROKER_CONNECTED = "events_broker_connected"


def dead(queue: str) -> str:
    """Return the name of a queue's dead-letter queue."""
    return f"{queue}.dead"


def retry(queue: str, delay_seconds: float) -> str:
    """Return the name of the queue in which a message waits `delay_seconds` for its next trial."""
    return f"{queue}.retry.{round(delay_seconds * 1000)}ms"
