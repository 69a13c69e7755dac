"""The SERVER span of a request, and what all requests of a process share."""

from collections.abc import Callable
from random import getrandbits
from typing import NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import StatusCode, TraceState
from opentelemetry.trace.propagation import _SPAN_KEY

from telemetry.contract import error_type
from telemetry.lean.sampler import Sampler
from telemetry.lean.span import SERVER, LeanSpan
from telemetry.logs import qualified_name
from telemetry.traceparent import RANDOM, parse, render


class Facts(NamedTuple):
    """What repeats from request to request, as the server delivered it.

    All of a span, a log line and a label set that does not identify one request depends on this.
    """

    method: str
    route: str | None
    status: int
    scheme: str
    version: str
    host: str | bytes
    user_agent: str | bytes
    client: str
    error_type: str


class ServerSpan(LeanSpan):
    """One request. `facts` is set when it ends."""

    kind = SERVER
    route: str | None = None
    status: int = 0
    path: str = ""
    query: str | bytes = ""
    exception: BaseException | None = None
    facts: Facts

    def record_exception(self, exception: BaseException, *args: object, **kwargs: object) -> None:
        """Remember the exception that failed the request; it is described later, elsewhere."""
        if self.exception is None:
            self.exception = exception
        elif self.exception is not exception:
            super().record_exception(exception, *args, **kwargs)  # type: ignore[arg-type]

    def error_type(self) -> str:
        """Name what failed the request, if it failed."""
        raised = self.exception
        name = qualified_name(type(raised)) if raised else None
        return error_type(self.status, name, failed=self.status_code is StatusCode.ERROR)

    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application."""
        self.record_exception(exception)
        self.set_status(StatusCode.ERROR)

    def traceresponse(self) -> str:
        """Return the value of the response header."""
        return render(self.trace_id, self.span_id, self.trace_flags)


class Requests:
    """Starts and ends SERVER spans."""

    def __init__(
        self, finish: Callable[[LeanSpan], None], sample: Sampler, active: set[object]
    ) -> None:
        self._finish = finish
        self._sample = sample
        self._active = active

    def start(self, traceparent: str | None, tracestate: str | None = None) -> ServerSpan:
        """Start a span under the caller's, if it sent a valid one."""
        parent = parse(traceparent) if traceparent else None
        if parent is None:
            trace_id = getrandbits(128) or 1
            flags = RANDOM | self._sample(None, trace_id)
            span = ServerSpan(self._finish, trace_id, getrandbits(64) or 1, flags)
        else:
            flags = parent.flags & RANDOM | self._sample(parent.flags, parent.trace_id)
            span = ServerSpan(self._finish, parent.trace_id, getrandbits(64) or 1, flags)
            span.parent_id, span.parent_is_remote = parent.span_id, True
            if tracestate:
                span.trace_state = TraceState.from_header([tracestate])
        self._active.add(span)
        return span

    def end(self, span: ServerSpan, facts: Facts) -> None:
        """End a span whose request is over."""
        span.facts = facts
        self._active.discard(span)
        span.end()


def context_of(span: ServerSpan, baggage: str | None) -> Context:
    """Return the context that a request runs in."""
    if baggage is None:
        # What trace.set_span_in_context does, without copying the empty context twice.
        return Context({_SPAN_KEY: span})
    carried = propagate.extract({"baggage": baggage}, context=Context())
    return trace.set_span_in_context(span, carried)


attach, detach = otel_context.attach, otel_context.detach
