"""The W3C headers that carry a trace from one process to the next, and back."""

import re

from opentelemetry.trace import SpanContext

from threesignals.names import TRACERESPONSE

SAMPLED, RANDOM = 0x01, 0x02

_TRACEPARENT = re.compile(
    r"[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*"
).fullmatch
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


def parse(header: str) -> tuple[str, str, int] | None:
    """Read a `traceparent`: trace id, span id (hexadecimal) and flags.

    None when it is not valid, which counts as if there were none.
    """
    match = _TRACEPARENT(header)
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest):
        return None
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return trace_id, span_id, int(flags, 16)


def traceresponse(context: SpanContext) -> tuple[str, str]:
    """Return the response header that tells a caller where its trace is."""
    flags = context.trace_flags
    return TRACERESPONSE, f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"
