"""OTLP messages from finished spans and log records, as bytes."""

from collections.abc import Mapping
from typing import Any, Protocol

from telemetry.export.wire import FIXED64, cached_pair, chunk, pair, pairs, text, varint
from telemetry.log_record import LogRecord

SCHEMA_URL = "https://opentelemetry.io/schemas/1.36.0"
# Flags of a span: bits 0-7 are the W3C flags; bit 8 says that bit 9 (parent is remote) is known.
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200


class SpanContextLike(Protocol):
    """What the encoder reads of a span context."""

    @property
    def trace_id(self) -> int: ...
    @property
    def span_id(self) -> int: ...
    @property
    def is_remote(self) -> bool: ...
    @property
    def trace_flags(self) -> int: ...
    @property
    def trace_state(self) -> Mapping[str, str]: ...


def span(finished: Any) -> bytes:  # noqa: ANN401 (opentelemetry.sdk.trace.ReadableSpan's shape)
    """Encode a finished span as an entry of ScopeSpans.spans."""
    context, parent = finished.context, finished.parent
    parts = [
        b"\x0a\x10", context.trace_id.to_bytes(16, "big"),
        b"\x12\x08", context.span_id.to_bytes(8, "big"),
        _trace_state(b"\x1a", context),
        b"\x22\x08" + parent.span_id.to_bytes(8, "big") if parent else b"",
        chunk(b"\x2a", text(finished.name)),
        b"\x30", varint(finished.kind.value + 1),
        b"\x39", FIXED64(finished.start_time),
        b"\x41", FIXED64(finished.end_time),
        pairs(b"\x4a", (finished.attributes or {}).items()),
        b"".join(map(_event, finished.events)),
        b"".join(map(_link, finished.links)),
        _status(finished.status),
        b"\x85\x01", flags(context, parent).to_bytes(4, "little"),
    ]  # fmt: skip
    return chunk(b"\x12", b"".join(parts))


def flags(context: SpanContextLike, parent: SpanContextLike | None) -> int:
    """Return a span's flags: sampled or not, and whether its parent is in another process."""
    remote = _IS_REMOTE if parent and parent.is_remote else 0
    return context.trace_flags | _HAS_IS_REMOTE | remote


def _trace_state(tag: bytes, context: SpanContextLike) -> bytes:
    state = context.trace_state
    if not state:
        return b""
    return chunk(tag, text(",".join(f"{key}={value}" for key, value in state.items())))


def _event(event: Any) -> bytes:  # noqa: ANN401 (opentelemetry.sdk.trace.Event's shape)
    return chunk(
        b"\x5a",
        b"\x09"
        + FIXED64(event.timestamp)
        + chunk(b"\x12", text(event.name))
        + pairs(b"\x1a", (event.attributes or {}).items()),
    )


def _link(link: Any) -> bytes:  # noqa: ANN401 (opentelemetry.trace.Link's shape)
    context = link.context
    return chunk(
        b"\x6a",
        b"\x0a\x10"
        + context.trace_id.to_bytes(16, "big")
        + b"\x12\x08"
        + context.span_id.to_bytes(8, "big")
        + _trace_state(b"\x1a", context)
        + pairs(b"\x22", (link.attributes or {}).items())
        + b"\x35"
        + flags(context, context).to_bytes(4, "little"),
    )


def _status(status: Any) -> bytes:  # noqa: ANN401 (opentelemetry.trace.Status's shape)
    code = status.status_code.value
    if not code:
        return b""
    message = chunk(b"\x12", text(status.description)) if status.description else b""
    return chunk(b"\x7a", message + b"\x18" + varint(code))


def log_record(record: LogRecord) -> bytes:
    """Encode a log record as an entry of ScopeLogs.log_records."""
    body = text(record.event)
    correlation = (
        (
            b"\x45" + record.trace_flags.to_bytes(4, "little"),
            b"\x4a\x10" + record.trace_id.to_bytes(16, "big"),
            b"\x52\x08" + record.span_id.to_bytes(8, "big"),
        )
        if record.trace_id
        else ()
    )
    parts = [
        b"\x09", FIXED64(record.timestamp_ns),
        b"\x10", varint(record.severity.number),
        chunk(b"\x1a", record.severity.text),
        chunk(b"\x2a", chunk(b"\x0a", body)),
        pairs(b"\x32", record.attributes.items()),
        *correlation,
        b"\x59", FIXED64(record.timestamp_ns),
        chunk(b"\x62", body),
    ]  # fmt: skip
    return chunk(b"\x12", b"".join(parts))


class Envelope:
    """Wraps encoded spans or log records in the request that carries their resource and scope.

    The message is the same for both signals, since OTLP numbers their fields alike.
    """

    def __init__(self, resource: Mapping[str, Any], scope: str, version: str) -> None:
        attributes = b"".join(pair(b"\x0a", key, value) for key, value in resource.items())
        self._resource = chunk(b"\x0a", attributes)
        self._scope = chunk(b"\x0a", chunk(b"\x0a", text(scope)) + chunk(b"\x12", text(version)))
        self._schema = chunk(b"\x1a", text(SCHEMA_URL))

    def wrap(self, items: bytes) -> bytes:
        """Return an ExportTraceServiceRequest or ExportLogsServiceRequest."""
        scoped = chunk(b"\x12", self._scope + items)
        return chunk(b"\x0a", self._resource + scoped + self._schema)


__all__ = ["SCHEMA_URL", "Envelope", "cached_pair", "flags", "log_record", "span"]
