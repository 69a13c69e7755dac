"""`/metrics`: what Prometheus reads, in the format it asks for."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from threesignals import names
from threesignals._workers.families import LASTING, Families, families

PATH = "/metrics"
_TARGET = "target"


def fill(registry: CollectorRegistry, *collectors: Collector) -> None:
    """Put the process, the runtime and these collectors into a registry, unless they are there."""
    for make in (ProcessCollector, PlatformCollector, GCCollector):
        with suppress(ValueError):
            make(registry=registry)
    for collector in collectors:
        registry.register(collector)


def target(resource: dict[str, str], *, several: bool) -> Families:
    """Spell the resource as the labels of `target_info`; several processes are no one instance."""
    info = InfoMetricFamily(_TARGET, "Target metadata")
    left_out = names.SERVICE_INSTANCE_ID if several else None
    labels = {key.replace(".", "_"): value for key, value in resource.items() if key != left_out}
    info.add_metric([], labels)
    return families([info], lambda _: "")


class Samples:
    """What this process has counted: in its own registry, and in prometheus_client's."""

    def __init__(self, own: CollectorRegistry, fault: Callable[[str], None]) -> None:
        self._registries = tuple(dict.fromkeys((own, REGISTRY)))
        self._fault = fault

    def families(self) -> Families:
        """Return all families; of two with one name, that of the own registry."""
        seen: dict[str, Metric] = {}
        for metric in self._collect():
            seen.setdefault(metric.name, metric)
        seen.pop(_TARGET, None)
        return families(seen.values(), self._mode)

    def _collect(self) -> Iterator[Metric]:
        """Go on with the next registry where a collector raises."""
        for registry in self._registries:
            try:
                yield from registry.collect()
            except Exception as failure:
                self._fault(f"a collector raised {failure!r}")

    def _mode(self, name: str) -> str:
        for registry in self._registries:
            gauge = registry._names_to_collectors.get(name)
            if isinstance(gauge, Gauge):
                return gauge._multiprocess_mode
        return ""

    def forget(self) -> None:
        """Count from zero after a fork: what is counted is the parent's to tell."""
        for registry in self._registries:
            for metric in list(registry._collector_to_names):
                if isinstance(metric, MetricWrapperBase) and metric._type in LASTING:
                    for one in [metric, *getattr(metric, "_metrics", {}).values()]:
                        if one._is_observable():
                            one._metric_init()


def render(page: Families, accept: str) -> tuple[bytes, str]:
    """Return the samples and their content type; OpenMetrics, with exemplars, when accepted."""
    encode, content_type = choose_encoder(accept)
    return encode(page), content_type
