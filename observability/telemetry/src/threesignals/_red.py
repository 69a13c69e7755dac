"""Rate, errors and duration of requests: one histogram, made from finished SERVER spans."""

import threading
from bisect import bisect_left
from collections.abc import Iterable

from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._finished import FinishedRequest
from threesignals._witness import Open

# Label sets a process keeps. Routes, methods and statuses are bounded by the application; this
# bounds a mistake in one.
MAX_SERIES = 1000

_BOUNDS = names.DURATION_BUCKETS
_LE = (*(f"{bound:g}" if bound % 1 else f"{bound:.1f}" for bound in _BOUNDS), "+Inf")
_LABELS = (names.LABEL_METHOD, names.LABEL_ROUTE, names.LABEL_STATUS, names.LABEL_ERROR_TYPE)

Labels = tuple[str, str, str, str]


class Series:
    """The buckets of one label set; `exemplars` holds the last (ids, value, time) of each."""

    __slots__ = ("counts", "exemplars", "total")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin at zero."""
        self.counts = [0] * len(_LE)
        self.exemplars: list[tuple[bytes, float, int] | None] = [None] * len(_LE)
        self.total = 0.0


class RequestDurations(Collector):
    """`http_server_request_duration_seconds` and `http_server_active_requests`.

    `active` holds the requests in flight; its size and its oldest are two gauges more.
    """

    def __init__(self) -> None:
        self.active: set[Open] = set()
        self._series: dict[Labels, Series] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Count from zero after a fork, when the lock may be held for ever by another's thread."""
        self.active.clear()
        self._lock = threading.Lock()
        for series in self._series.values():
            series.reset()

    def series(self, labels: Labels) -> Series:
        """Return what counts a label set; beyond the bound, its route is `<overflow>`."""
        with self._lock:
            if labels not in self._series and len(self._series) >= MAX_SERIES:
                labels = (labels[0], names.OVERFLOW_ROUTE, labels[2], "")
            return self._series.setdefault(labels, Series())

    def observe(self, series: Series, seconds: float, end_ns: int, ids: bytes | None) -> None:
        """Count one request; `ids` (trace and span, 24 bytes) make it the bucket's exemplar."""
        bucket = bisect_left(_BOUNDS, seconds)
        with self._lock:
            series.counts[bucket] += 1
            series.total += seconds
            if ids is not None:
                series.exemplars[bucket] = (ids, seconds, end_ns)

    def collect(self) -> Iterable[Metric]:
        """Yield the families, as prometheus-client asks."""
        durations = HistogramMetricFamily(
            names.METRIC_REQUEST_DURATION,
            "Time to answer a request, from finished SERVER spans: rate, errors and latency in the"
            " service panels, the latency and availability objectives, and the autoscaler's rate.",
            labels=_LABELS,
        )
        with self._lock:
            for labels, series in self._series.items():
                durations.add_metric(labels, _buckets(series), series.total)
        yield durations
        yield GaugeMetricFamily(
            names.METRIC_ACTIVE_REQUESTS,
            "Requests being answered now: the saturation panels and the drain of a replica.",
            value=len(self.active),
        )
        begun = min((request.begun() for request in list(self.active)), default=None)
        yield GaugeMetricFamily(
            names.METRIC_OLDEST_REQUEST,
            "How long the oldest open request has been open: the alert on a request that is stuck.",
            value=0.0 if begun is None else (CLOCK.ticks() - begun) / 1e9,
        )


def _buckets(series: Series) -> list[tuple[str, float] | tuple[str, float, Exemplar]]:
    """Cumulative counts with their exemplars, in the shape that prometheus-client takes."""
    buckets: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
    cumulative = 0
    for le, count, exemplar in zip(_LE, series.counts, series.exemplars, strict=True):
        cumulative += count
        buckets.append((le, cumulative, _exemplar(*exemplar)) if exemplar else (le, cumulative))
    return buckets


def _exemplar(ids: bytes, value: float, end_ns: int) -> Exemplar:
    labels = {names.TRACE_ID: ids[:16].hex(), names.SPAN_ID: ids[16:].hex()}
    return Exemplar(labels, value, end_ns / 1e9)


def labels(request: FinishedRequest) -> Labels:
    """Return the labels of a request, in the order of the metric's definition."""
    status = str(request.status) if request.status else ""
    return request.method, request.route or names.UNMATCHED_ROUTE, status, request.error_type
