"""OTLP messages from finished spans and log records, as bytes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from threesignals._export.wire import FIXED64, chunk, pair, pairs, text, varint
from threesignals._limits import LONGEST_NAME, LONGEST_VALUE, MOST_EVENTS, MOST_LINKS
from threesignals._log_record import LogRecord, Severity
from threesignals._values import Cleaner, clean, clean_text

# The scope of what this package measures itself.
SCOPE = "threesignals"
SCHEMA_URL = "https://opentelemetry.io/schemas/1.36.0"
# Flags of a span: bits 0-7 are the W3C flags; bit 8 says that bit 9 (parent is remote) is known.
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200


def span(finished: Any) -> bytes:  # noqa: ANN401 (opentelemetry.sdk.trace.ReadableSpan's shape)
    """Encode a finished span of the SDK."""
    context, parent, cleaner = finished.context, finished.parent, Cleaner()
    return b"".join(
        (
            b"\x0a\x10", context.trace_id.to_bytes(16, "big"),
            b"\x12\x08", context.span_id.to_bytes(8, "big"),
            encode_trace_state(b"\x1a", context.trace_state),
            b"\x22\x08" + parent.span_id.to_bytes(8, "big") if parent else b"",
            chunk(b"\x2a", text(cleaner.text(finished.name, LONGEST_VALUE))),
            b"\x30", varint(finished.kind.value + 1),
            b"\x39", FIXED64(finished.start_time),
            b"\x41", FIXED64(finished.end_time),
            pairs(b"\x4a", cleaner.attributes(finished.attributes or {}).items()),
            encode_events(finished.events, cleaner),
            encode_links(finished.links, cleaner),
            encode_status(finished.status.status_code.value, finished.status.description),
            encode_flags(b"\x85\x01", context.trace_flags, bool(parent and parent.is_remote)),
        )
    )  # fmt: skip


@lru_cache(maxsize=64)
def encode_flags(tag: bytes, trace_flags: int, parent_is_remote: bool) -> bytes:
    """Encode a span's flags: sampled or not, and whether its parent is in another process."""
    flags = trace_flags | _HAS_IS_REMOTE | (_IS_REMOTE if parent_is_remote else 0)
    return tag + flags.to_bytes(4, "little")


def encode_trace_state(tag: bytes, state: Mapping[str, str] | None) -> bytes:
    """Encode a tracestate as its header; nothing when it is empty."""
    if not state:
        return b""
    return chunk(tag, text(",".join(f"{key}={value}" for key, value in state.items())))


def encode_events(events: Sequence[Any], cleaner: Cleaner) -> bytes:
    """Encode the first events of a span."""
    return b"".join(_event(event, cleaner) for event in events[:MOST_EVENTS])


def _event(event: Any, cleaner: Cleaner) -> bytes:  # noqa: ANN401 (opentelemetry.sdk.trace.Event's shape)
    return chunk(
        b"\x5a",
        b"\x09"
        + FIXED64(event.timestamp)
        + chunk(b"\x12", text(cleaner.text(event.name, LONGEST_VALUE)))
        + pairs(b"\x1a", cleaner.attributes(event.attributes or {}).items()),
    )


def encode_links(links: Sequence[Any], cleaner: Cleaner) -> bytes:
    """Encode the first links of a span."""
    return b"".join(_link(link, cleaner) for link in links[:MOST_LINKS])


def _link(link: Any, cleaner: Cleaner) -> bytes:  # noqa: ANN401 (opentelemetry.trace.Link's shape)
    context = link.context
    return chunk(
        b"\x6a",
        b"\x0a\x10"
        + context.trace_id.to_bytes(16, "big")
        + b"\x12\x08"
        + context.span_id.to_bytes(8, "big")
        + encode_trace_state(b"\x1a", context.trace_state)
        + pairs(b"\x22", cleaner.attributes(link.attributes or {}).items())
        + encode_flags(b"\x35", context.trace_flags, context.is_remote),
    )


def encode_status(code: int, description: str | None) -> bytes:
    """Encode a status; nothing when it is unset."""
    if not code:
        return b""
    message = chunk(b"\x12", text(clean_text(description))) if description else b""
    return chunk(b"\x7a", message + b"\x18" + varint(code))


def log_record(record: LogRecord) -> bytes:
    """Encode a log record."""
    return b"".join(
        (
            b"\x09", FIXED64(record.timestamp_ns),
            b"\x59", FIXED64(record.timestamp_ns),
            log_frame(record.severity, record.event),
            pairs(b"\x32", record.attributes.items()),
            _correlation(record) if record.trace_id else b"",
        )
    )  # fmt: skip


def log_frame(severity: Severity, event: str) -> bytes:
    """Encode what all lines of one event share: its severity, and its name, also as the body."""
    return (_short_frame if len(event) <= LONGEST_NAME else _frame)(severity, event)


def _frame(severity: Severity, event: str) -> bytes:
    name = text(event)
    return b"".join(
        (
            b"\x10", varint(severity.number), chunk(b"\x1a", severity.text),
            chunk(b"\x2a", chunk(b"\x0a", name)),
            chunk(b"\x62", name),
        )
    )  # fmt: skip


_short_frame = lru_cache(maxsize=1024)(_frame)


def _correlation(record: LogRecord) -> bytes:
    return b"".join(
        (
            b"\x45", record.trace_flags.to_bytes(4, "little"),
            b"\x4a\x10", record.trace_id.to_bytes(16, "big"),
            b"\x52\x08", record.span_id.to_bytes(8, "big"),
        )
    )  # fmt: skip


@lru_cache(maxsize=256)
def encode_scope(name: str, release: str | None = None) -> bytes:
    """Encode the scope of spans or log records: who made them. Nothing for this package."""
    return b"" if name == SCOPE else _scope(name, release)


def _scope(name: str, release: str | None) -> bytes:
    described = chunk(b"\x0a", text(name)) + (chunk(b"\x12", text(release)) if release else b"")
    return chunk(b"\x0a", described)


class Envelope:
    """Wraps encoded spans or log records in the request that carries their resource and scope.

    The message is the same for both signals, since OTLP numbers their fields alike.
    """

    def __init__(self, resource: Mapping[str, Any]) -> None:
        attributes = b"".join(pair(b"\x0a", key, value) for key, value in clean(resource).items())
        self._resource = chunk(b"\x0a", attributes)
        self._scope = _scope(SCOPE, version(SCOPE))
        self._schema = chunk(b"\x1a", text(SCHEMA_URL))

    def wrap(
        self, pieces: Sequence[bytes], size: int, others: Mapping[bytes, Sequence[bytes]]
    ) -> bytes:
        """Return an ExportTraceServiceRequest or ExportLogsServiceRequest.

        `pieces` are entries of ScopeSpans or ScopeLogs, `size` bytes together; copied once.
        `others` holds the entries of other scopes.
        """
        scoped = b"\x12" + varint(len(self._scope) + size) + self._scope if size else b""
        more = [chunk(b"\x12", scope + b"".join(entries)) for scope, entries in others.items()]
        inner = len(self._resource) + len(scoped) + size + sum(map(len, more)) + len(self._schema)
        head = b"\x0a" + varint(inner) + self._resource + scoped
        return b"".join((head, *pieces, *more, self._schema))
