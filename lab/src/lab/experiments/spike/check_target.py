"""The target must grow, answer, and shrink again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.bound import Bound, check
from lab.experiments.measure.scaling import grew, shrank
from lab.experiments.spike.statistics import most

if TYPE_CHECKING:
    from lab.experiments.spike.plan import Limits
    from lab.experiments.spike.verdict import Group
    from lab.report.model import Check


def replicas(target: Group, limits: Limits) -> list[Check]:
    """Check that it grew by the factor, and ended with its fewest."""
    service, steps = target.service, target.replicas
    return [
        grew("target-scaled-out", service, steps, limits.scale_factor),
        shrank("target-came-back", service, steps),
    ]


def requests(
    target: Group, limits: Limits, *, late_p95_ms: float | None, settled_percent: float | None
) -> list[Check]:
    """Check what its clients saw."""
    service = target.service
    return [
        check(
            "target-recovered",
            late_p95_ms,
            Bound("at most", limits.objective_ms, "ms"),
            f"Was {service} back under its objective while the spike still ran?",
        ),
        check(
            "target-served",
            settled_percent,
            Bound("at least", limits.target_served_percent, "%"),
            f"Did {service} serve all that was due once it had its replicas?",
        ),
        check(
            "target-worst",
            most(figures.worst_ms for figures in target.phases.values()),
            Bound("at most", limits.target_worst_ms, "ms"),
            f"Did nobody wait for {service} longer than until it had grown?",
        ),
        check(
            "target-errors",
            100 * target.errors / target.requests if target.requests else None,
            Bound("at most", limits.error_percent, "%"),
            f"Did {service} answer its requests?",
        ),
    ]
