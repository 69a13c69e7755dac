"""The W3C headers that carry a trace from one process to the next, and back."""

import re
from typing import NamedTuple

from opentelemetry.trace import SpanContext

from telemetry.names import TRACERESPONSE

SAMPLED, RANDOM = 0x01, 0x02

_TRACEPARENT = re.compile(
    r"[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*"
).fullmatch


class Parent(NamedTuple):
    """What a valid `traceparent` says."""

    trace_id: int
    span_id: int
    flags: int


def parse(header: str) -> Parent | None:
    """Read a `traceparent`; None when it is not valid, as if there were none."""
    match = _TRACEPARENT(header)
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest):
        return None
    parent = Parent(int(trace_id, 16), int(span_id, 16), int(flags, 16))
    return parent if parent.trace_id and parent.span_id else None


def render(trace_id: int, span_id: int, flags: int) -> str:
    """Write the value that `traceparent` and `traceresponse` share."""
    return f"00-{trace_id:032x}-{span_id:016x}-{flags:02x}"


def traceresponse(context: SpanContext) -> tuple[str, str]:
    """Return the response header that tells a caller where its trace is."""
    return TRACERESPONSE, render(context.trace_id, context.span_id, context.trace_flags)
