"""A meter provider whose instruments appear on `/metrics`, beside what requests measure."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from opentelemetry import metrics
from opentelemetry.metrics import CallbackT
from opentelemetry.util.types import Attributes
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from threesignals import names
from threesignals._meters import instruments
from threesignals._meters.series import Buckets, Last, Table, Total
from threesignals._meters.spelling import Kind, Labels, family_name, labels

# The specification's default; durations in seconds have the bounds of the HTTP conventions.
_BOUNDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
_OURS = {value for key, value in vars(names).items() if key.startswith("METRIC_")}
_logger = logging.getLogger("threesignals")


class Entry(NamedTuple):
    """An instrument, as a scrape needs it."""

    scope: Labels
    family: str
    kind: Kind
    text: str
    table: Callable[[], Table[Any]]


class Meters(metrics.MeterProvider, Collector):
    """Gives meters, and collects what their instruments have measured."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, Kind] = {}
        self._entries: dict[tuple[Labels, str], Entry] = {}

    def get_meter(
        self,
        name: str,
        version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> "Meter":
        """Return a meter; its name and version become labels of what it measures."""
        return Meter(self, name, version, schema_url)

    def keep(self, entry: Entry) -> Entry:
        """Show an instrument from now on; one of the same name and meter is the same one."""
        with self._lock:
            kind = self._kinds.setdefault(entry.family, entry.kind)
            if kind == entry.kind and entry.family not in _OURS:
                return self._entries.setdefault((entry.scope, entry.family), entry)
        _logger.warning("The metric %s exists already as something else", entry.family)
        return entry

    def reset(self) -> None:
        """Begin at nothing, in a child process."""
        self._lock = threading.Lock()
        for entry in self._entries.values():
            entry.table().reset()

    def collect(self) -> Iterable[Metric]:
        """Return the families, as prometheus-client asks."""
        families: dict[str, Metric] = {}
        with self._lock:
            entries = list(self._entries.values())
        for entry in entries:
            base = entry.family.removesuffix("_total") if entry.kind == "counter" else entry.family
            family = families.setdefault(base, Metric(base, entry.text, entry.kind))
            _show(family, entry)
        return families.values()


def _show(family: Metric, entry: Entry) -> None:
    for spelled, series in entry.table():
        shown = dict(entry.scope + spelled)
        for suffix, more, value, exemplar in series.samples():
            family.add_sample(f"{entry.family}{suffix}", shown | dict(more), value, None, exemplar)


class Meter(metrics.Meter):
    """Makes instruments."""

    def __init__(
        self, meters: Meters, name: str, version: str | None, schema_url: str | None
    ) -> None:
        super().__init__(name, version, schema_url)
        self._meters = meters
        scope = {"otel_scope_name": name, "otel_scope_version": version}
        self._scope = labels({key: value for key, value in scope.items() if value})

    def create_counter(self, name: str, unit: str = "", description: str = "") -> metrics.Counter:
        """Return a sum that never falls."""
        table = self._table(name, unit, description, "counter", Table(Total))
        return instruments.Counter(table)

    def create_up_down_counter(
        self, name: str, unit: str = "", description: str = ""
    ) -> metrics.UpDownCounter:
        """Return a sum that rises and falls."""
        table = self._table(name, unit, description, "gauge", Table(Total))
        return instruments.UpDownCounter(table)

    def create_gauge(self, name: str, unit: str = "", description: str = "") -> instruments.Gauge:
        """Return a last value."""
        return instruments.Gauge(self._table(name, unit, description, "gauge", Table(Last)))

    def create_histogram(
        self,
        name: str,
        unit: str = "",
        description: str = "",
        *,
        explicit_bucket_boundaries_advisory: Sequence[float] | None = None,
    ) -> metrics.Histogram:
        """Return a distribution, with the advised bounds or the default ones of its unit."""
        default = names.DURATION_BUCKETS if unit == "s" else _BOUNDS
        bounds = tuple(sorted(explicit_bucket_boundaries_advisory or default))
        table = Table(lambda: Buckets(bounds))
        return instruments.Histogram(self._table(name, unit, description, "histogram", table))

    def create_observable_counter(
        self,
        name: str,
        callbacks: Sequence[CallbackT] | None = None,
        unit: str = "",
        description: str = "",
    ) -> metrics.ObservableCounter:
        """Ask callbacks for a sum at each scrape."""
        self._observe(name, unit, description, "counter", callbacks)
        return instruments.ObservableCounter()

    def create_observable_up_down_counter(
        self,
        name: str,
        callbacks: Sequence[CallbackT] | None = None,
        unit: str = "",
        description: str = "",
    ) -> metrics.ObservableUpDownCounter:
        """Ask callbacks for a sum that rises and falls at each scrape."""
        self._observe(name, unit, description, "gauge", callbacks)
        return instruments.ObservableUpDownCounter()

    def create_observable_gauge(
        self,
        name: str,
        callbacks: Sequence[CallbackT] | None = None,
        unit: str = "",
        description: str = "",
    ) -> metrics.ObservableGauge:
        """Ask callbacks for a value at each scrape."""
        self._observe(name, unit, description, "gauge", callbacks)
        return instruments.ObservableGauge()

    def _table(self, name: str, unit: str, text: str, kind: Kind, table: Table[Any]) -> Table[Any]:
        return self._keep(name, unit, text, kind, lambda: table).table()

    def _observe(
        self,
        name: str,
        unit: str,
        text: str,
        kind: Kind,
        callbacks: Sequence[CallbackT] | None,
    ) -> None:
        self._keep(name, unit, text, kind, instruments.Observed(name, callbacks).table)

    def _keep(
        self, name: str, unit: str, text: str, kind: Kind, table: Callable[[], Table[Any]]
    ) -> Entry:
        family = family_name(name, unit or "", kind)
        return self._meters.keep(Entry(self._scope, family, kind, text or "", table))
