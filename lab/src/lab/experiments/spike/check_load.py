"""The load must be the one that was planned: a verdict on another one says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.bound import Bound, check

if TYPE_CHECKING:
    from lab.experiments.spike.plan import Limits
    from lab.experiments.spike.verdict import Load
    from lab.report.model import Check


def all_of(load: Load, planned_seconds: float, limits: Limits) -> list[Check]:
    """Check its length, its size and that Locust itself was on time."""
    return [
        check(
            "load-complete",
            load.lasted_seconds,
            Bound("at least", planned_seconds - 1, "s"),
            "Did the load last as long as planned?",
        ),
        check(
            "load-offered",
            load.offered_percent,
            Bound("at least", limits.offered_percent, "%"),
            "Were as many requests due in every phase as planned?",
        ),
        check(
            "load-on-time",
            load.lateness_ms,
            Bound("at most", limits.lateness_ms, "ms"),
            "Was the load generator itself never late?",
        ),
    ]
