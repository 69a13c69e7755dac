"""How long requests took in the gateway, in the service and at its supplier: exact means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.experiments.measure.backends import LOOKBACK_SECONDS
from lab.experiments.measure.increase import increase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.measure.backends import Backends
    from lab.experiments.measure.increase import Series
    from lab.facts import Service

SUPPLIER_SPAN = "simulated supplier"


@dataclass(frozen=True)
class Histogram:
    """The sum and the count of a histogram, as raw samples. Sums are in seconds."""

    sums: Sequence[Series] = ()
    counts: Sequence[Series] = ()

    def total(self, start: float, end: float) -> float:
        """Return by how many seconds the sum rose in (start, end]."""
        return sum(increase(series, start, end) for series in self.sums)

    def count(self, start: float, end: float) -> float:
        """Return by how much the count rose in (start, end]."""
        return sum(increase(series, start, end) for series in self.counts)

    def mean_ms(self, start: float, end: float) -> float | None:
        """Return the mean of what ended in (start, end]; None when nothing did."""
        count = self.count(start, end)
        return 1000 * self.total(start, end) / count if count else None


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Where the requests of one service spent their time."""

    gateway: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    """The service's own histogram, which Prometheus scrapes."""
    spans: Histogram = field(default_factory=Histogram)
    """Its SERVER spans, and below those of the supplier: the collector counts both at once."""
    supplier: Histogram = field(default_factory=Histogram)

    def supplier_ms(self, start: float, end: float) -> float | None:
        """Return what a mean request waited for the supplier; those that don't ask included."""
        count = self.spans.count(start, end)
        return 1000 * self.supplier.total(start, end) / count if count else None

    def own_ms(self, start: float, end: float) -> float | None:
        """Return what the service itself took for a mean request."""
        spans, supplier = self.spans.mean_ms(start, end), self.supplier_ms(start, end)
        return None if spans is None or supplier is None else spans - supplier


def timings(backends: Backends, service: Service, start: float, end: float) -> Timings:
    """Ask Prometheus for the sums and counts of a window, and of a while before it."""

    def histogram(metric: str, labels: str) -> Histogram:
        since = start - LOOKBACK_SECONDS
        sums, counts = (
            backends.raw_series(f"{metric}_{part}{{{labels}}}", since, end)
            for part in ("sum", "count")
        )
        return Histogram(sums, counts)

    spans, of_service = "traces_span_metrics_duration_seconds", f'service_name="{service}"'
    return Timings(
        gateway=histogram("traefik_entrypoint_request_duration_seconds", f'entrypoint="{service}"'),
        service=histogram("http_server_request_duration_seconds", f'job="{service}"'),
        spans=histogram(spans, f'{of_service},span_kind="SPAN_KIND_SERVER"'),
        supplier=histogram(spans, f'{of_service},span_name="{SUPPLIER_SPAN}"'),
    )
