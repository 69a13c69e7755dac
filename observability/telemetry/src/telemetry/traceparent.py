"""The W3C headers that carry a trace from one process to the next, and back."""

from opentelemetry.trace import SpanContext

from telemetry.names import TRACERESPONSE


def traceresponse(context: SpanContext) -> tuple[str, str]:
    """Return the response header that tells a caller where its trace is."""
    value = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    return TRACERESPONSE, value
