"""A finished lean span, other than a request's, as OTLP."""

from collections.abc import Mapping
from typing import Any

from threesignals._clock import CLOCK
from threesignals._export.otlp import (
    encode_event,
    encode_flags,
    encode_link,
    encode_status,
    encode_trace_state,
)
from threesignals._export.wire import FIXED64, chunk, pairs, text, varint
from threesignals._lean.span import LeanSpan


def named(name: str, kind: int, attributes: Mapping[str, Any]) -> bytes:
    """Encode the part of a span that may be known before it starts."""
    head = chunk(b"\x2a", text(name)) + b"\x30" + varint(kind)
    return head + pairs(b"\x4a", attributes.items())


def encode(span: LeanSpan) -> bytes:
    """Encode all of a span."""
    offset = CLOCK.offset()
    return b"".join(
        (
            b"\x0a\x10", span.ids[:16],
            b"\x12\x08", span.ids[16:],
            encode_trace_state(b"\x1a", span.trace_state),
            b"\x22\x08" + span.parent if span.parent else b"",
            span.encoded or named(span.name, span.kind, {}),
            b"\x39", FIXED64(span.start_time + offset),
            b"\x41", FIXED64(span.end_time + offset),
            pairs(b"\x4a", span.attributes.items()) if span.attributes else b"",
            *map(encode_event, span.events or ()),
            *map(encode_link, span.links or ()),
            encode_status(span.status_code.value, span.status_description),
            encode_flags(b"\x85\x01", span.trace_flags, span.parent_is_remote),
        )
    )  # fmt: skip
