"""How many replicas there were, from what the scaler says and from what answered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lab.experiments.measure.backends import LOOKBACK_SECONDS
from lab.experiments.measure.counting import metrics_selector
from lab.experiments.measure.replicas import changes
from lab.experiments.spike import statistics
from lab.experiments.spike.verdict import ReplicaSeconds, ReplicaSources
from lab.facts import deployment, replicas_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lab.experiments.measure.backends import Backends
    from lab.experiments.measure.increase import Sample, Series
    from lab.facts import Service
    from lab.report.model import Replicas

WINDOW_SECONDS = 5.0
"""Long enough that every replica of a busy service answers in it."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The replicas of one service in raw samples of three sources."""

    scaler: Sequence[Sample] = ()
    """What the scaler says, or kube-state-metrics on a cluster."""
    up: Sequence[Series] = ()
    """Whether each replica answered Prometheus."""
    requests: Sequence[Series] = ()
    """How many requests each replica has answered."""


def seen(backends: Backends, service: Service, start: float, end: float) -> Seen:
    """Ask for all three in a window."""
    return Seen(
        scaler=backends.samples(replicas_of(deployment(service)), start - 2, end),
        up=backends.raw_series(f'up{{job="{service}"}}', start - 2, end),
        requests=backends.raw_series(metrics_selector(service), start - LOOKBACK_SECONDS, end),
    )


def sources(service: Service, seen: Seen, start: float, end: float) -> ReplicaSources:
    """Compare the most that each source has at once."""
    up = [time for each in seen.up for time, value in each.samples if value]
    gaps = [longest_gap([time for time, _ in seen.scaler], start, end), longest_gap(up, start, end)]
    return ReplicaSources(
        service=service,
        scaler=max((int(value) for _, value in seen.scaler), default=None),
        scraped=most_at_once(_up_windows(seen.up)),
        served=most_at_once(_served_windows(seen.requests, start)),
        longest_gap_seconds=None if None in gaps else round(max(filter(None, gaps), default=0), 3),
    )


def longest_gap(times: Sequence[float], start: float, end: float) -> float | None:
    """Return the longest time in [start, end] without a sample; None without any."""
    within = sorted(time for time in times if start <= time <= end)
    if not within:
        return None
    return max(later - earlier for earlier, later in pairwise([start, *within, end]))


def most_at_once(windows: Iterable[tuple[int, str]]) -> int | None:
    """Return the most different instances in one window; None without any."""
    by_window: dict[int, set[str]] = {}
    for window, instance in windows:
        by_window.setdefault(window, set()).add(instance)
    return max(map(len, by_window.values()), default=None)


def _up_windows(series: Sequence[Series]) -> Iterable[tuple[int, str]]:
    for each in series:
        for time, value in each.samples:
            if value:
                yield math.floor(time), each.labels.get("instance", "")


def _served_windows(series: Sequence[Series], start: float) -> Iterable[tuple[int, str]]:
    for each in series:
        samples = [(time, 0.0) for time, _ in each.samples[:1]] + list(each.samples)
        for (_, before), (time, value) in pairwise(samples):
            if value != before and time > start:
                yield math.floor(time / WINDOW_SECONDS), each.labels.get("instance", "")


def first_scale_up(steps: Sequence[Replicas], spike_start: float) -> float | None:
    """Return the seconds from the begin of the spike to the first further replica."""
    for before, after in pairwise(steps):
        if after.replicas > before.replicas and after.seconds >= spike_start:
            return round(after.seconds - spike_start, 3)
    return None


def seconds_used(scaler: Sequence[Sequence[Sample]], began: float, ended: float) -> ReplicaSeconds:
    """Add up what was used, and what two services in one deployable would have used."""
    series = [
        [(step.seconds, float(step.replicas)) for step in changes(samples, began)]
        for samples in scaler
    ]
    larger = _larger(*series) if all(series) else []
    return ReplicaSeconds(
        used=round(sum(statistics.area(points, ended - began) for points in series), 1),
        together=round(2 * statistics.area(larger, ended - began), 1),
    )


def _larger(
    one: Sequence[statistics.Point], two: Sequence[statistics.Point]
) -> list[statistics.Point]:
    moments = sorted({x for x, _ in [*one, *two]})
    return [(x, max(_value_at(one, x), _value_at(two, x))) for x in moments]


def _value_at(points: Sequence[statistics.Point], x: float) -> float:
    return next((y for at, y in reversed(points) if at <= x), points[0][1])
