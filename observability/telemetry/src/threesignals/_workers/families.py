"""Families of samples as data: one worker's, as bytes, and those of several, added up."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Exemplar, Sample

from threesignals import names

# What a worker has counted stays true when it has gone; its gauges go with it.
LASTING = frozenset({"counter", "histogram", "summary"})
LEAST, MOST = frozenset({"min", "livemin"}), frozenset({"max", "livemax"})
_JOINS: dict[str, Callable[[float, float], float]] = {
    "process_start_time_seconds": min,
    "process_max_fds": max,
    names.METRIC_OLDEST_REQUEST: max,
}

Value = tuple[float, Exemplar | None]
Key = tuple[str, tuple[tuple[str, str], ...]]


class Family:
    """One family; `mode` is prometheus_client's `multiprocess_mode` of a gauge, else empty."""

    __slots__ = ("mode", "name", "samples", "text", "type", "unit")

    def __init__(self, name: str, text: str, kind: str, unit: str, mode: str) -> None:
        self.name, self.text, self.type, self.unit, self.mode = name, text, kind, unit, mode
        self.samples: dict[Key, Value] = {}

    def add(self, samples: Iterable[tuple[Key, Value]]) -> None:
        """Join samples to those that are there."""
        mine = self.samples
        for key, value in samples:
            mine[key] = self._joined(key[0], mine[key], value) if key in mine else value

    def _joined(self, name: str, one: Value, other: Value) -> Value:
        exemplars = [exemplar for _, exemplar in (one, other) if exemplar]
        return self._join(name)(one[0], other[0]), max(exemplars, key=_time, default=None)

    def _join(self, name: str) -> Callable[[float, float], float]:
        if name.endswith("_created") or self.mode in LEAST:
            return min
        if self.type in ("info", "stateset") or name.endswith("_info") or self.mode in MOST:
            return max
        return _JOINS.get(name, _sum)

    def metric(self) -> Metric:
        """Return it in prometheus-client's form."""
        metric = Metric(self.name, self.text, self.type, self.unit)
        metric.samples = [
            Sample(name, dict(labels), value, None, exemplar)
            for (name, labels), (value, exemplar) in self.samples.items()
        ]
        return metric


def _sum(one: float, other: float) -> float:
    return one + other


def _time(exemplar: Exemplar) -> float:
    return float(exemplar.timestamp or 0.0)


class Families:
    """Families by name; those of another worker can be added to them."""

    def __init__(self, families: Iterable[Family] = ()) -> None:
        self._by_name = {family.name: family for family in families}

    def __iter__(self) -> Iterator[Family]:
        return iter(self._by_name.values())

    def add(self, other: "Families", *, lasting_only: bool = False) -> None:
        """Add another worker's; with `lasting_only` what is true after its end and no more."""
        for family in other:
            if lasting_only and family.type not in LASTING:
                continue
            mine = self._by_name.get(family.name)
            if mine is None:
                self._by_name[family.name] = family
            elif mine.type == family.type:
                mine.add(family.samples.items())

    def add_missing(self, other: "Families") -> None:
        """Take over families whose name is not there."""
        for family in other:
            self._by_name.setdefault(family.name, family)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, as prometheus-client asks."""
        for family in self:
            yield family.metric()


def families(metrics: Iterable[Metric], mode: Callable[[str], str]) -> Families:
    """Take over families from prometheus-client; `mode` tells how a gauge is joined."""
    taken = []
    for metric in metrics:
        gauge = mode(metric.name) if metric.type == "gauge" else ""
        family = Family(metric.name, metric.documentation, metric.type, metric.unit, gauge)
        family.add(
            ((sample.name, tuple(sample.labels.items())), (sample.value, sample.exemplar))
            for sample in metric.samples
        )
        taken.append(family)
    return Families(taken)


def pack(page: Families) -> bytes:
    """Return families as bytes; floats that JSON has no word for are spelt."""
    return orjson.dumps([_row(family) for family in page])


def _row(family: Family) -> list[Any]:
    head = [family.name, family.text, family.type, family.unit, family.mode]
    return [
        *head,
        [
            [name, labels, value if math.isfinite(value) else repr(value), _spelt(exemplar)]
            for (name, labels), (value, exemplar) in family.samples.items()
        ],
    ]


def _spelt(exemplar: Exemplar | None) -> list[Any] | None:
    return [exemplar.labels, exemplar.value, _time(exemplar)] if exemplar else None


def unpack(data: bytes) -> Families:
    """Return the families that `pack` made bytes of; raises ValueError."""
    return Families(_family(row) for row in orjson.loads(data))


def _family(row: list[Any]) -> Family:
    *head, samples = row
    family = Family(*head)
    family.add(
        ((name, tuple((key, text) for key, text in labels)), (float(value), _read(exemplar)))
        for name, labels, value, exemplar in samples
    )
    return family


def _read(exemplar: list[Any] | None) -> Exemplar | None:
    return Exemplar(*exemplar) if exemplar else None
