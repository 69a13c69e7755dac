"""What contrib reads of a caller's trace: canonical headers only, so that it warns of none."""

from contextvars import ContextVar

from opentelemetry.trace import TraceState

from threesignals._baggage import bounded
from threesignals._settings import Incoming
from threesignals._traceparent import parse, parse_state

# The tracestate of the request whose span is about to start. The SDK's sampler decides what a span
# carries; read by contrib, a key that begins with a digit would not be there.
state: ContextVar[TraceState | None] = ContextVar("threesignals_tracestate", default=None)


def accepted(
    policy: Incoming, traceparent: str | None, tracestate: str | None, baggage: str | None
) -> dict[str, str]:
    """Return the headers that contrib may read, and set the `state` that goes with them."""
    state.set(None)
    if policy != "trust":
        return {}
    headers = {"baggage": bounded(baggage)} if baggage else {}
    if traceparent and (parent := parse(traceparent)):
        trace_id, span_id, flags = parent
        headers["traceparent"] = f"00-{trace_id}-{span_id}-{flags:02x}"
        state.set(parse_state(tracestate) if tracestate else None)
    return headers
