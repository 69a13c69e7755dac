"""A tracer provider that makes lean spans, for business code and the client instrumentation."""

from collections.abc import Callable, Iterator, Sequence

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    TracerProvider,
    get_current_span,
    use_span,
)
from opentelemetry.util._decorator import _agnosticcontextmanager
from opentelemetry.util.types import Attributes

from threesignals._clock import CLOCK
from threesignals._export.otlp import encode_scope
from threesignals._ids import getrandbits
from threesignals._lean.sampler import Sampler
from threesignals._lean.span import KINDS, LeanSpan
from threesignals._traceparent import RANDOM, SAMPLED
from threesignals._values import clean_text, type_name

Finish = Callable[[LeanSpan], None]


class LeanTracer(Tracer):
    """Starts spans that end up in `finish`; `scope` names another library that makes them."""

    def __init__(self, finish: Finish, sample: Sampler, scope: bytes = b"") -> None:
        self._finish = finish
        self._sample = sample
        self._scope = scope

    def start_span(  # noqa: PLR0913, PLR0917 (the API's signature)
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """Start a span under the current one, or a trace of its own."""
        span = self.child(get_current_span(context))
        if isinstance(span, LeanSpan):
            span.name = name
            span.kind = KINDS[kind]
            span.made_by = self._scope
            if attributes:
                span.set_attributes(attributes)
            for link in links or ():
                span.add_link(link.context, link.attributes)
            if start_time:
                span.start_time = CLOCK.ticks_at(start_time)
        return span

    def child(self, parent: Span) -> Span:
        """Start a nameless span under `parent`; one that does not record when not sampled."""
        if not isinstance(parent, LeanSpan):
            return self._under(parent.get_span_context())
        flags = parent.trace_flags
        if not flags & SAMPLED:
            return NonRecordingSpan(parent.get_span_context())
        ids = parent.ids
        span = LeanSpan(self._finish, ids[:16] + getrandbits(64).to_bytes(8, "big"), flags)
        span.parent = ids[16:]
        span.trace_state = parent.trace_state
        return span

    def _under(self, parent: SpanContext) -> Span:
        """Start a span under a context of another making, or without a parent."""
        valid = parent.is_valid
        trace_id = parent.trace_id if valid else getrandbits(128)
        sampled = self._sample(parent.trace_flags if valid else None, trace_id)
        flags = (parent.trace_flags & RANDOM if valid else RANDOM) | sampled
        span_id = getrandbits(64)
        if not sampled:
            context = SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(flags))
            return NonRecordingSpan(context)
        span = LeanSpan(self._finish, (trace_id << 64 | span_id).to_bytes(24, "big"), flags)
        if valid:
            span.parent = parent.span_id.to_bytes(8, "big")
            span.parent_is_remote = parent.is_remote
            span.trace_state = parent.trace_state
        return span

    @_agnosticcontextmanager
    def start_as_current_span(  # noqa: PLR0913, PLR0917 (the API's signature)
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[Span]:
        """Start a span and make it the current one for a block."""
        span = self.start_span(name, context, kind, attributes, links, start_time)
        # Not the API's way to record: it fails on an exception that cannot say what it is.
        with use_span(span, end_on_exit, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except Exception as failure:
                if record_exception:
                    span.record_exception(failure)
                if set_status_on_exception and span.is_recording():
                    message = f"{type_name(failure)}: {clean_text(failure)}"
                    span.set_status(StatusCode.ERROR, message)
                raise


class LeanTracerProvider(TracerProvider):
    """Gives tracers; each names who makes its spans."""

    def __init__(self, finish: Finish, sample: Sampler) -> None:
        self._finish = finish
        self._sample = sample

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> LeanTracer:
        scope = encode_scope(instrumenting_module_name, instrumenting_library_version)
        return LeanTracer(self._finish, self._sample, scope)
