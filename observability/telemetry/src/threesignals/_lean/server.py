"""The SERVER span of a request, and what all requests of a process share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, StatusCode
from opentelemetry.trace.propagation import _SPAN_KEY

from threesignals._baggage import bounded
from threesignals._canonical import after_the_answer
from threesignals._clock import CLOCK
from threesignals._contract import client_gone, error_type
from threesignals._exceptions import exception_attributes, qualified_name
from threesignals._ids import getrandbits
from threesignals._lean.sampler import Sampler
from threesignals._lean.span import SERVER, LeanSpan
from threesignals._traceparent import RANDOM, context_of, parse, parse_state

if TYPE_CHECKING:
    from threesignals._core import Telemetry


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
    trace_flags: int
    parent_is_remote: bool
    timed: bool


# The facts as a request delivers them: a plain tuple costs a fifth of a named one.
RawFacts = tuple[
    str, str | None, int, str, str, str | bytes, str | bytes, str, str, int, bool, bool
]


# What a request is in the queue when nothing sets it apart: a bare tuple (`Measured`), known by
# its type. A class of its own would cost each request an eighth of a microsecond more.
PlainRequest: type = tuple


class ServerSpan(LeanSpan):
    """One request. `facts` is set when it ends."""

    kind = SERVER
    route: str | None = None
    status: int = 0
    path: str = ""
    query: str | bytes = ""
    # What the framework reported: it failed the request if the answer, or the span, says so.
    exception: BaseException | None = None
    described: dict[str, str] | None = None
    gone: bool = False
    told: bool = False
    facts: RawFacts

    def __init__(self, requests: "Requests", traceparent: str | None, state: str | None) -> None:
        parent = parse(traceparent) if traceparent else None
        if parent is None or requests.incoming != "trust":
            self.ids = ids = getrandbits(192).to_bytes(24, "big")
            self.trace_flags = requests.constant_flags or requests.root_flags(ids)
            if parent and requests.incoming == "link":
                self.add_link(context_of(parent))
        else:
            trace_id, span_id, flags = parent
            self.ids = bytes.fromhex(trace_id) + getrandbits(64).to_bytes(8, "big")
            self.parent = bytes.fromhex(span_id)
            self.parent_is_remote = True
            self.trace_flags = requests.child_flags(flags, self.ids)
            if state and (carried := parse_state(state)):
                self.trace_state = carried
                self.plain = False
        self._requests = requests
        self.start_time = CLOCK.ticks()
        requests.active.add(self)  # type: ignore[arg-type]  # an adapter makes it `Open`
        if requests.witness.waiting:
            requests.witness.start()

    def later(self, call: Callable[[], object]) -> None:
        """Make a call soon, in another thread: for finalizers, which must not make it."""
        self._requests.later(call)

    def begun(self) -> int:
        """Return when it began, in ticks of CLOCK."""
        return self.start_time

    def identity(self) -> SpanContext:
        """Return the ids of its span."""
        return self.get_span_context()

    def note(self, exception: BaseException) -> None:
        """Remember an exception that the framework handles; it failed the request if it is a 5xx.

        It is described later, elsewhere, unless `describe` is called at once.
        """
        self.exception, self.described = exception, None
        self.plain = False

    def describe(self) -> None:
        """Describe the noted exception while its stack is there: a framework may take it away."""
        if self.exception is not None:
            self.described = exception_attributes(self.exception)

    def is_gone(self, exception: BaseException) -> bool:
        """Tell whether an exception only says that nobody waits for the answer any more."""
        return client_gone(exception)

    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application; one after the answer leaves a line."""
        if self.is_gone(exception):
            self.gone, self.plain = True, False
        elif self.end_time:
            self._requests.log(after_the_answer(exception, self.get_span_context(), self.route))
        else:
            self.note(exception)
            self.set_status(StatusCode.ERROR)

    def cause(self) -> BaseException | None:
        """Return what failed the request, if it failed: the last thing known to have gone wrong."""
        if self.exception is None and self.recorded:
            return self.recorded[-1]
        return self.exception

    def error_type(self) -> str:
        """Name what failed the request; empty when it did not fail."""
        if self.plain and 0 < self.status < 500:
            return ""
        raised = self.cause()
        name = qualified_name(type(raised)) if raised else None
        failed = self.status_code is StatusCode.ERROR
        return error_type(self.status, name, failed=failed, gone=self.gone)

    def traceresponse(self) -> str:
        """Return the value of the response header."""
        # One call writes both ids: sixteen bytes, a dash, and the rest.
        return f"00-{self.ids.hex('-', -16)}-{self.trace_flags:02x}"

    def end(self, end_time: int | None = None) -> None:
        """Do nothing: only the request ends its span."""


class Requests:
    """Starts and ends SERVER spans; `active` holds those that are open."""

    def __init__(
        self, put: Callable[[object], None], sample: Sampler, telemetry: "Telemetry"
    ) -> None:
        self.active = telemetry.durations.active
        self.witness = telemetry.witness
        self.incoming = telemetry.settings.incoming
        self.log = telemetry.log
        self.later = telemetry.pipeline.later
        self._put = put
        self._sample = sample
        # A sampler that does not look at the trace need not be asked for each one.
        roots = {self.root_flags(bytes([byte] * 24)) for byte in (0, 255)}
        self.constant_flags = roots.pop() if len(roots) == 1 else 0

    def root_flags(self, ids: bytes) -> int:
        """Decide on a trace that begins here."""
        return RANDOM | self._sample(None, int.from_bytes(ids[:16], "big"))

    def child_flags(self, parent_flags: int, ids: bytes) -> int:
        """Decide on a trace that a caller began."""
        sampled = self._sample(parent_flags, int.from_bytes(ids[:16], "big"))
        return parent_flags & RANDOM | sampled

    def end(self, span: ServerSpan, facts: RawFacts, end_time: int = 0) -> None:
        """End a span whose request is over, and hand on what is to be derived from it."""
        span.end_time = end = end_time or CLOCK.ticks()
        self.active.discard(span)
        if span.plain:
            # A `PlainRequest` is smaller than its span, and the garbage collector forgets it.
            self._put((facts, span.ids, span.parent, span.start_time, end, span.path, None))
        else:
            span.facts = facts
            self._put(span)

    def context(self, span: ServerSpan, baggage: str | None) -> Context:
        """Return the context that a request runs in."""
        if baggage is None or self.incoming != "trust":
            # What trace.set_span_in_context does, without copying the empty context twice.
            return Context({_SPAN_KEY: span})
        carried = propagate.extract({"baggage": bounded(baggage)}, context=Context())
        return trace.set_span_in_context(span, carried)


attach, detach = otel_context.attach, otel_context.detach
