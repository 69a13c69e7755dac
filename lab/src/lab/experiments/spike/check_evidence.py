"""What was measured must be complete, and what was measured twice must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.bound import Bound, check
from lab.experiments.spike.statistics import most

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.spike.plan import Limits
    from lab.experiments.spike.verdict import Counts, Durations, ReplicaSources
    from lab.report.model import Check


def all_of(
    agreement: Sequence[Counts],
    durations: Sequence[Durations],
    sources: Sequence[ReplicaSources],
    limits: Limits,
) -> list[Check]:
    """Check counts, durations and replicas of each service against each other."""
    return [
        sampled(sources, limits),
        *(replicas_agree(each) for each in sources),
        *(signals_agree(each) for each in agreement),
        *(durations_agree(each, limits) for each in durations),
    ]


def sampled(sources: Sequence[ReplicaSources], limits: Limits) -> Check:
    """Hold the longest time without a sample against the limit."""
    return check(
        "replicas-sampled",
        most(source.longest_gap_seconds for source in sources),
        Bound("at most", limits.sample_gap_seconds, "s"),
        "Were the replicas of both services counted all the time?",
    )


def replicas_agree(source: ReplicaSources) -> Check:
    """Hold what the scaler says against what was scraped and what served requests."""
    return check(
        f"replicas-agree-{source.service}",
        source.apart,
        Bound("exactly", 0, "replicas"),
        f"Were there as many replicas of {source.service} as the scaler says?",
    )


def signals_agree(counts: Counts) -> Check:
    """Hold five counts against each other, route by route and status by status."""
    return check(
        f"signals-agree-{counts.service}",
        counts.apart if counts.client else None,
        Bound("exactly", 0, "requests"),
        f"Do all five signals have the same requests to {counts.service}?",
    )


def durations_agree(durations: Durations, limits: Limits) -> Check:
    """Hold the gateway's mean against the service's own; it can't be less, nor much more."""
    difference = durations.difference_ms
    return check(
        f"durations-agree-{durations.service}",
        None if difference is None else abs(difference),
        Bound("at most", limits.durations_ms, "ms"),
        f"Do gateway and {durations.service} measure the same durations?",
    )
