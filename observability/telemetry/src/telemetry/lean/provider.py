"""Puts the fast path together."""

from typing import TYPE_CHECKING

from telemetry.export.pipeline import encoding
from telemetry.lean.derive import Derivation
from telemetry.lean.encode import encode
from telemetry.lean.sampler import sampler
from telemetry.lean.server import Requests, ServerSpan
from telemetry.lean.span import LeanSpan
from telemetry.lean.tracer import LeanTracerProvider

if TYPE_CHECKING:
    from telemetry.core import Telemetry


def build_provider(telemetry: "Telemetry") -> LeanTracerProvider:
    """Return the provider of lean spans, and teach the pipeline what to do with them."""
    sample = sampler(telemetry.settings)
    log_target, spans = telemetry.settings.logs, telemetry.lanes.get("traces")
    derivation = Derivation(
        telemetry.durations,
        spans=spans,
        logs=telemetry.lanes.get("logs") if log_target != "stdout" else None,
        log=telemetry.stdout if log_target != "otlp" else None,
    )
    telemetry.pipeline.handle({tuple: derivation.plain, ServerSpan: derivation.full})
    if spans:
        telemetry.pipeline.handle({LeanSpan: encoding(encode, spans)})
    put = telemetry.pipeline.put
    telemetry.requests = Requests(put, sample, telemetry.durations.active)
    return LeanTracerProvider(put if spans else _forget, sample)


def _forget(_: object) -> None:
    """Without a collector, a span that is no request has no use."""
