"""An SDK tracer provider whose finished SERVER spans become metric, log line and export."""

# Loaded before any provider is made: the SDK starts threads in a forked child, which waits for ever
# unless this module, whose lock it needs, has registered what frees that lock before the SDK has.
import concurrent.futures.thread  # noqa: F401
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ReadableSpan,
    Span,
    SpanProcessor,
    TracerProvider,
    sampling,
)
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes

from threesignals import names
from threesignals._canonical import canonical_line
from threesignals._clock import CLOCK
from threesignals._contrib.clients import conform_client
from threesignals._contrib.conform import conform, ending_of, finished_request
from threesignals._contrib.guard import Guard
from threesignals._contrib.incoming import state
from threesignals._export.otlp import encode_scope
from threesignals._export.otlp import span as encode_span
from threesignals._export.pipeline import encoding
from threesignals._finished import FinishedRequest
from threesignals._ids import getrandbits
from threesignals._logs import Sink
from threesignals._red import RequestDurations, labels
from threesignals._settings import Settings

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def build_provider(telemetry: "Telemetry") -> TracerProvider:
    """Return a provider that derives everything from finished spans.

    A provider of the SDK that the application has set is that one: its exporters send the spans.
    """
    untimed = telemetry.settings.untimed_routes
    if telemetry.settings.global_providers and (set_before := _applications()):
        set_before.add_span_processor(Derivation(telemetry.durations, telemetry.log, None, untimed))
        return set_before
    spans = telemetry.lanes.get("traces")
    if spans:
        telemetry.pipeline.handle({ReadableSpan: encoding(encode_span, spans, _scope)})
    provider = TracerProvider(
        sampler=RecordAll(_sampler(telemetry.settings)),
        resource=Resource(telemetry.resource),
        id_generator=RandomIds(),
        shutdown_on_exit=False,
    )
    # OTEL_SDK_DISABLED ends the export; requests are measured all the same.
    provider._disabled = False
    put = telemetry.pipeline.put if spans else None
    provider.add_span_processor(Derivation(telemetry.durations, telemetry.log, put, untimed))
    return provider


def _scope(span: ReadableSpan) -> bytes:
    """Name the instrumentor that made a span."""
    made_by = span.instrumentation_scope
    return encode_scope(made_by.name, made_by.version) if made_by else b""


def _applications() -> TracerProvider | None:
    """Return the application's provider, which from now on records every request."""
    found = trace.get_tracer_provider()
    if not isinstance(found, TracerProvider):
        return None
    if not isinstance(found.sampler, RecordAll):
        found.sampler = RecordAll(found.sampler)
    return found


def _sampler(settings: Settings) -> sampling.Sampler:
    ratio = sampling.TraceIdRatioBased(settings.sampler_ratio)
    return {
        "always_on": sampling.ALWAYS_ON,
        "always_off": sampling.ALWAYS_OFF,
        "traceidratio": ratio,
        "parentbased_always_on": sampling.ParentBased(sampling.ALWAYS_ON),
        "parentbased_always_off": sampling.ParentBased(sampling.ALWAYS_OFF),
        "parentbased_traceidratio": sampling.ParentBased(ratio),
    }[settings.sampler]


class RandomIds(IdGenerator):
    """Ids that no application repeats by seeding the global generator, as the SDK's are."""

    def generate_span_id(self) -> int:
        return getrandbits(64)

    def generate_trace_id(self) -> int:
        return getrandbits(128)

    def is_trace_id_random(self) -> bool:
        return True


class RecordAll(sampling.Sampler):
    """Records SERVER spans that are not sampled, so that their requests are counted and logged."""

    def __init__(self, inner: sampling.Sampler) -> None:
        self._inner = inner

    def should_sample(  # noqa: PLR0913, PLR0917 (the SDK's signature)
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> sampling.SamplingResult:
        result = self._inner.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )
        if kind is not SpanKind.SERVER:
            return result
        if result.decision is sampling.Decision.DROP:
            # One that drops also forgets the attributes.
            kept = sampling.Decision.RECORD_ONLY
            result = sampling.SamplingResult(kept, attributes, result.trace_state)
        if (carried := state.get()) is not None:
            result.trace_state = carried
        return result

    def get_description(self) -> str:
        return f"RecordAll({self._inner.get_description()})"


class Derivation(SpanProcessor):
    """Measure once, derive three: runs when a span ends."""

    def __init__(
        self,
        durations: RequestDurations,
        log: Sink,
        export: Callable[[ReadableSpan], None] | None,
        untimed_routes: frozenset[str],
    ) -> None:
        self._durations = durations
        self._log = log
        self._export = export
        self._untimed = untimed_routes

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        Guard(span)
        span._begun = CLOCK.ticks()  # type: ignore[attr-defined]

    def _on_ending(self, span: Span) -> None:
        """Let it last as long as a clock says that is never set back; the SDK asks another."""
        ended = ending_of(span).ticks or CLOCK.ticks()
        elapsed = ended - span._begun  # type: ignore[attr-defined]
        start, end = span.start_time or 0, span.end_time or 0
        if span.kind is SpanKind.SERVER or end < start:
            span._end_time = start + elapsed

    def on_end(self, span: ReadableSpan) -> None:
        if _is_request(span):
            span = conform(span)
            self._derive(finished_request(span))
        elif span.kind is SpanKind.CLIENT:
            span = conform_client(span)
        if span.context.trace_flags.sampled and self._export:
            self._export(span)

    def _derive(self, request: FinishedRequest) -> None:
        if request.timed and request.route not in self._untimed:
            ids = (request.trace_id << 64 | request.span_id).to_bytes(24, "big")
            series = self._durations.series(labels(request))
            exemplar = ids if request.sampled else None
            self._durations.observe(series, request.duration_s, request.end_ns, exemplar)
        self._log(canonical_line(request))


def _is_request(span: ReadableSpan) -> bool:
    return span.kind is SpanKind.SERVER and names.HTTP_REQUEST_METHOD in (span.attributes or {})
