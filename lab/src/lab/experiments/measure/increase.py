"""By how much counters rose in a window, to the request.

Prometheus' own `increase()` extrapolates to the edges of the window, so it never gives the exact
count, and it misses the first value of a series that is born in the window. These functions work on
raw samples instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Sample = tuple[float, float]
"""A time in seconds since the epoch and a value."""


@dataclass(frozen=True)
class Series:
    """The raw samples of one time series, in the order of time."""

    labels: Mapping[str, str]
    samples: Sequence[Sample]


Births = dict[tuple[str, float], float]
"""When the process began that answered a scrape: (instance, time of the scrape) to that moment."""


@dataclass
class _Counter:
    """Adds up the rises of one series."""

    total: float = 0.0
    last: float = 0.0
    birth: float | None = None

    def see(self, value: float, birth: float | None, *, counts: bool) -> None:
        """Take the next sample. A sample before the window only sets where the next one starts."""
        reborn = birth is not None and self.birth is not None and birth != self.birth
        base = 0.0 if reborn or value < self.last else self.last
        self.total += (value - base) if counts else 0.0
        self.last, self.birth = value, self.birth if birth is None else birth


def increase(series: Series, start: float, end: float, births: Births | None = None) -> float:
    """Return by how much one counter rose in (start, end].

    A series without a sample up to `start` was born in the window: its first value counts whole.
    A value below the one before is a reset, and so is a new start time of the process: without
    `births` a restart that has overtaken the old value would look like a rise from it.
    """
    counter = _Counter()
    instance = series.labels.get("instance", "")
    for time, value in series.samples:
        if time <= end:
            birth = (births or {}).get((instance, time))
            counter.see(value, birth, counts=time > start)
    return counter.total


def total_increase(
    series: Iterable[Series], start: float, end: float, births: Births | None = None
) -> int:
    """Add up the rises of all series, those of replicas that are gone included."""
    return round(sum(increase(each, start, end, births) for each in series))


def births_of(starts: Iterable[Series]) -> Births:
    """Index `process_start_time_seconds`: samples of one scrape share their time."""
    return {
        (each.labels.get("instance", ""), time): value
        for each in starts
        for time, value in each.samples
    }
