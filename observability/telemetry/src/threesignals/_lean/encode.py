"""A finished lean span, other than a request's, as OTLP."""

from collections.abc import Mapping
from typing import Any

from threesignals._clock import CLOCK
from threesignals._export.otlp import (
    encode_events,
    encode_flags,
    encode_links,
    encode_status,
    encode_trace_state,
)
from threesignals._export.wire import FIXED64, chunk, pairs, text, varint
from threesignals._lean.span import LeanSpan
from threesignals._limits import LONGEST_VALUE
from threesignals._values import Cleaner


def named(name: str, kind: int, attributes: Mapping[str, Any]) -> bytes:
    """Encode the part of a span that may be known before it starts."""
    head = chunk(b"\x2a", text(name)) + b"\x30" + varint(kind)
    return head + pairs(b"\x4a", attributes.items())


def encode(span: LeanSpan) -> bytes:
    """Encode all of a span."""
    offset, cleaner = CLOCK.offset(), Cleaner()
    return b"".join(
        (
            b"\x0a\x10", span.ids[:16],
            b"\x12\x08", span.ids[16:],
            encode_trace_state(b"\x1a", span.trace_state),
            b"\x22\x08" + span.parent if span.parent else b"",
            span.encoded or named(cleaner.text(span.name, LONGEST_VALUE), span.kind, {}),
            b"\x39", FIXED64(span.start_time + offset),
            b"\x41", FIXED64(span.end_time + offset),
            pairs(b"\x4a", cleaner.attributes(span.attributes).items()) if span.attributes else b"",
            encode_events(span.events or (), cleaner),
            encode_links(span.links or (), cleaner),
            encode_status(span.status_code.value, span.status_description),
            encode_flags(b"\x85\x01", span.trace_flags, span.parent_is_remote),
        )
    )  # fmt: skip
