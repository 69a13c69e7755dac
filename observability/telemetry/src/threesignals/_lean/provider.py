"""Puts the fast path together."""

from operator import attrgetter
from typing import TYPE_CHECKING

from threesignals._export.pipeline import encoding
from threesignals._lean.derive import Derivation
from threesignals._lean.encode import encode
from threesignals._lean.sampler import sampler
from threesignals._lean.server import PlainRequest, Requests, ServerSpan
from threesignals._lean.span import LeanSpan
from threesignals._lean.tracer import LeanTracerProvider

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def build_provider(telemetry: "Telemetry") -> LeanTracerProvider:
    """Return the provider of lean spans, and teach the pipeline what to do with them."""
    sample = sampler(telemetry.settings)
    log_target, spans = telemetry.settings.logs, telemetry.lanes.get("traces")
    derivation = Derivation(
        telemetry.durations,
        spans=spans,
        logs=telemetry.lanes.get("logs") if log_target != "stdout" else None,
        log=telemetry.stdout if telemetry.prints_logs else None,
        untimed_routes=telemetry.settings.untimed_routes,
    )
    telemetry.when_logs_arrive.append(derivation.print_no_more)
    telemetry.pipeline.handle({PlainRequest: derivation.plain, ServerSpan: derivation.full})
    if spans:
        telemetry.pipeline.handle({LeanSpan: encoding(encode, spans, attrgetter("made_by"))})
    put = telemetry.pipeline.put
    telemetry.requests = Requests(put, sample, telemetry)
    return LeanTracerProvider(put if spans else _forget, sample)


def _forget(_: object) -> None:
    """Without a collector, a span that is no request has no use."""
