"""The control must notice nothing.

Each limit is absolute and holds in every phase, the baseline included: a control that is slow from
the begin does not pass for being as slow as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.bound import Bound, check
from lab.experiments.measure.scaling import stayed
from lab.experiments.spike.statistics import least, most

if TYPE_CHECKING:
    from lab.experiments.spike.plan import Limits
    from lab.experiments.spike.verdict import Group, PhaseFigures
    from lab.report.model import Check


def requests(control: Group, limits: Limits) -> list[Check]:
    """Check its replicas, and that every request that was due was served."""
    service, baseline = control.service, control.phases["baseline"]
    return [
        check(
            "control-baseline",
            baseline.served if baseline.due else None,
            Bound("at least", limits.baseline_requests, "requests"),
            f"Was {service} measured before the spike?",
        ),
        stayed("control-replicas", service, control.replicas),
        check(
            "control-errors",
            control.errors if control.requests else None,
            Bound("exactly", 0, "requests"),
            f"Did {service} answer every request?",
        ),
        check(
            "control-served",
            least(served_percent(figures) for figures in control.phases.values()),
            Bound("at least", limits.control_served_percent, "%"),
            f"Did {service} serve all that was due, in every phase?",
        ),
    ]


def latencies(control: Group, limits: Limits) -> list[Check]:
    """Check how long its clients waited, and what of that was its own work."""
    service, phases = control.service, control.phases.values()
    waits = (
        ("latency", "p50_ms", limits.control_p50_ms, "Was the median request to {} fast"),
        ("p95", "p95_ms", limits.control_p95_ms, "Were 95 of 100 requests to {} fast"),
        ("p99", "p99_ms", limits.control_p99_ms, "Were 99 of 100 to {} within the objective"),
        ("worst", "worst_ms", limits.control_worst_ms, "Did nobody wait long for {}"),
    )
    return [
        check(
            f"control-{name}",
            most(getattr(figures, figure) for figures in phases),
            Bound("at most", limit, "ms"),
            f"{question.format(service)}, in every phase?",
        )
        for name, figure, limit, question in waits
    ] + [own_work(control, limits)]


def own_work(control: Group, limits: Limits) -> Check:
    """Check what its mean request took, the wait for its simulated supplier left out."""
    return check(
        "control-own-work",
        most(times.own_ms for times in control.times.values()),
        Bound("at most", limits.control_own_ms, "ms"),
        f"Did {control.service}'s own work take no longer, its supplier left out?",
    )


def served_percent(figures: PhaseFigures) -> float | None:
    """Return the share that was served of what was due."""
    return 100 * figures.served / figures.due if figures.due else None
