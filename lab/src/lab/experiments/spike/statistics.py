"""Percentiles and series of what the clients saw. Pure functions."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lab.experiments.spike.clientlog import Request, Slot

Point = tuple[float, float]


def percentile(values: Iterable[float], percent: float) -> float | None:
    """Return the smallest value that `percent` of all values do not exceed; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, to a thousandth; None without values."""
    found = list(values)
    return round(sum(found) / len(found), 3) if found else None


def least(values: Iterable[float | None]) -> float | None:
    """Return the smallest; None when one of them could not be measured, or there are none."""
    found = list(values)
    known = [value for value in found if value is not None]
    return min(known) if known and len(known) == len(found) else None


def most(values: Iterable[float | None]) -> float | None:
    """Return the largest; None when one of them could not be measured, or there are none."""
    negated = least(None if value is None else -value for value in values)
    return None if negated is None else -negated


def due_between(slots: Iterable[Slot], start: float, end: float) -> list[Slot]:
    """Return what was due in [start, end)."""
    return [slot for slot in slots if start <= slot.due < end]


def rate_series(requests: Sequence[Request], start: float, end: float) -> list[Point]:
    """Count the answers that arrived in each second: points of (seconds after start, count)."""
    counts = [0] * max(0, math.ceil(end - start))
    for request in requests:
        second = int(request.ended - start)
        if request.ended >= start and second < len(counts):
            counts[second] += 1
    return [(float(second), float(count)) for second, count in enumerate(counts)]


def p95_series(
    slots: Sequence[Slot], start: float, end: float, *, window: float = 5.0
) -> list[Point]:
    """Take the p95 of what ended in the last `window` seconds at each second, in milliseconds.

    It counts from when a request was due, and those that were never sent count too. A second with
    nothing in its window has no point.
    """
    ordered = sorted(slots, key=_ended)
    moments = (start + second for second in range(1, math.ceil(end - start) + 1))
    return [
        (moment - start, p95)
        for moment in moments
        if (p95 := _p95_of_window(ordered, moment - window, moment)) is not None
    ]


def _p95_of_window(ordered: Sequence[Slot], start: float, end: float) -> float | None:
    low, high = (bisect_left(ordered, moment, key=_ended) for moment in (start, end))
    return percentile((slot.latency_ms for slot in ordered[low:high]), 95)


def _ended(slot: Slot) -> float:
    return slot.ended


def first_below_for_good(points: Sequence[Point], limit: float) -> float | None:
    """Return the x of the first point from which all are at or below `limit`; None if none is."""
    first: float | None = None
    for x, y in reversed(points):
        if y > limit:
            break
        first = x
    return first


def area(points: Sequence[Point], end: float) -> float:
    """Integrate a step function given by its steps, from its first point up to x = `end`."""
    steps = pairwise([*points, (end, 0.0)])
    return sum(y * max(0.0, following - x) for (x, y), (following, _) in steps)
