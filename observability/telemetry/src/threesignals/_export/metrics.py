"""What the export of each signal has sent, lost and still holds, as Prometheus reads it."""

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from threesignals import names
from threesignals._export.outbox import Outbox
from threesignals._export.pipeline import Pipeline


class ExportMetrics(Collector):
    """What the export of each signal has sent, lost and still holds."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._outboxes = tuple(lane.outbox for lane in pipeline.lanes)

    def collect(self) -> Iterable[Metric]:
        """Yield the four families, as prometheus-client asks."""
        yield self._counter(names.METRIC_EXPORT_SENT, _SENT, lambda outbox: outbox.sent)
        yield self._counter(names.METRIC_EXPORT_FAILURES, _FAILED, lambda outbox: outbox.failures)
        yield self._dropped()
        queued = GaugeMetricFamily(
            names.METRIC_EXPORT_QUEUE_BYTES, _QUEUED, labels=[names.LABEL_SIGNAL]
        )
        for outbox in self._outboxes:
            queued.add_metric([outbox.signal], outbox.queued_bytes)
        yield queued

    def _counter(self, name: str, text: str, value: Callable[[Outbox], Any]) -> Metric:
        family = CounterMetricFamily(name, text, labels=[names.LABEL_SIGNAL])
        for outbox in self._outboxes:
            family.add_metric([outbox.signal], value(outbox))
        return family

    def _dropped(self) -> Metric:
        labels = [names.LABEL_SIGNAL, names.LABEL_REASON]
        family = CounterMetricFamily(names.METRIC_EXPORT_DROPPED, _DROPPED, labels=labels)
        for outbox in self._outboxes:
            for reason in ("queue_full", "rejected", "shutdown", "fault"):
                family.add_metric([outbox.signal, reason], outbox.dropped[reason])
        return family


_SENT = "Spans and log records that the collector has taken: the pipeline panel's first step."
_FAILED = "Attempts to send that will be repeated: shows a collector that is away."
_DROPPED = "Spans and log records lost: any increase means that traces or logs are incomplete."
_QUEUED = "Encoded data that waits for the collector: how long an outage can still last."
