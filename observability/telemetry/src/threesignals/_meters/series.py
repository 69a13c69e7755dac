"""What the label sets of one instrument have added up to: bounded, and safe between threads."""

import threading
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import accumulate
from time import time
from typing import Any, Generic, TypeVar

from opentelemetry.context import Context
from opentelemetry.trace import get_current_span
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

from threesignals import names
from threesignals._meters.spelling import Labels, labels

# Label sets that one instrument keeps, as the specification advises; further ones share the last.
MAX_SERIES = 2000
OVERFLOW: Labels = (("otel_metric_overflow", "true"),)


# What follows the family's name, further labels, the value, and where it points to.
Sample = tuple[str, Mapping[str, str], float, Exemplar | None]


class Series(ABC):
    """One label set's value."""

    @abstractmethod
    def take(self, amount: float, exemplar: Exemplar | None) -> None:
        """Take one measurement."""

    @abstractmethod
    def samples(self) -> Iterator[Sample]:
        """Yield what a scrape shows of it."""


class Total(Series):
    """A sum of what was added."""

    def __init__(self) -> None:
        self.value = 0.0
        self.exemplar: Exemplar | None = None

    def take(self, amount: float, exemplar: Exemplar | None) -> None:
        self.value += amount
        self.exemplar = exemplar or self.exemplar

    def samples(self) -> Iterator[Sample]:
        yield "", {}, self.value, self.exemplar


class Last(Series):
    """The last value that was set."""

    def __init__(self) -> None:
        self.value = 0.0

    def take(self, amount: float, exemplar: Exemplar | None) -> None:
        self.value = amount

    def samples(self) -> Iterator[Sample]:
        yield "", {}, self.value, None


class Buckets(Series):
    """Counts by upper bound, in the unit of the instrument."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.exemplars: list[Exemplar | None] = [None] * (len(bounds) + 1)
        self.total = 0.0

    def take(self, amount: float, exemplar: Exemplar | None) -> None:
        bucket = bisect_left(self._bounds, amount)
        self.counts[bucket] += 1
        self.total += amount
        self.exemplars[bucket] = exemplar or self.exemplars[bucket]

    def samples(self) -> Iterator[Sample]:
        counts = list(accumulate(self.counts))
        limits = (*map(floatToGoString, self._bounds), "+Inf")
        for le, count, exemplar in zip(limits, counts, self.exemplars, strict=True):
            yield "_bucket", {"le": le}, count, exemplar
        yield "_count", {}, counts[-1], None
        yield "_sum", {}, self.total, None


S = TypeVar("S", bound=Series)


class Table(Generic[S]):
    """The series of one instrument, by their labels."""

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self.reset()

    def reset(self) -> None:
        """Begin at nothing: after a fork, what was measured is the parent's to tell."""
        self._lock = threading.Lock()
        self._series: dict[Labels, S] = {}
        self._known: dict[Hashable, S] = {}

    def take(
        self, amount: float, attributes: Mapping[str, Any] | None, exemplar: Exemplar | None = None
    ) -> None:
        """Take one measurement."""
        key = _key(attributes)
        with self._lock:
            series = self._known.get(key) or self._find(key, attributes or {})
            series.take(amount, exemplar)

    def _find(self, key: Hashable, attributes: Mapping[str, Any]) -> S:
        spelled = labels(attributes)
        if spelled not in self._series and len(self._series) >= MAX_SERIES:
            spelled = OVERFLOW
        series = self._series.get(spelled)
        if series is None:
            series = self._series[spelled] = self._make()
        if len(self._known) < 2 * MAX_SERIES:
            self._known[key] = series
        return series

    def __iter__(self) -> Iterator[tuple[Labels, S]]:
        """Yield each label set with its series."""
        with self._lock:
            return iter(list(self._series.items()))


def _key(attributes: Mapping[str, Any] | None) -> Hashable:
    """Return what tells attributes apart soonest; their labels when a list is among them."""
    if not attributes:
        return ()
    key = tuple(attributes.items())
    try:
        hash(key)
    except TypeError:
        return labels(attributes)
    return key


def exemplar(value: float, context: Context | None) -> Exemplar | None:
    """Point from a measurement to the sampled span that it was taken in."""
    span = get_current_span(context).get_span_context()
    if not span.trace_flags.sampled:
        return None
    ids = {names.TRACE_ID: f"{span.trace_id:032x}", names.SPAN_ID: f"{span.span_id:016x}"}
    return Exemplar(ids, value, time())
