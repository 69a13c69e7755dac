"""The checks of a spike. Each takes what was measured and says whether it holds. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lab.report.model import Check, Comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.spike.plan import Limits
    from lab.experiments.spike.verdict import Counts, Group


class Bound(NamedTuple):
    """What a measured value is held against."""

    comparison: Comparison
    value: float
    unit: str


def all_checks(
    target: Group,
    control: Group,
    agreement: Sequence[Counts],
    limits: Limits,
    *,
    late_p95_ms: float | None,
) -> list[Check]:
    """Judge a spike. `late_p95_ms` is the target's p95 in the last part of the spike."""
    return [
        scaled_out(target, limits),
        came_back(target),
        recovered(target, late_p95_ms, limits),
        target_errors(target, limits),
        control_replicas(control),
        control_errors(control),
        control_latency(control, limits),
        *(signals_agree(counts, limits) for counts in agreement),
    ]


def scaled_out(target: Group, limits: Limits) -> Check:
    """Hold the most replicas over the fewest against the least factor."""
    counts = [step.replicas for step in target.replicas]
    fewest = min(counts, default=0)
    factor = max(counts) / fewest if fewest else None
    bound = Bound("at least", limits.scale_factor, "times")
    return check("target-scaled-out", factor, bound, f"Did {target.service} grow?")


def came_back(target: Group) -> Check:
    """Hold the replicas at the end against the fewest before."""
    counts = [step.replicas for step in target.replicas]
    last = counts[-1] if counts else None
    bound = Bound("exactly", min(counts, default=0), "replicas")
    return check("target-came-back", last, bound, f"Did {target.service} shrink again?")


def recovered(target: Group, late_p95_ms: float | None, limits: Limits) -> Check:
    """Hold the p95 of the last part of the spike against the objective."""
    bound = Bound("at most", limits.objective_ms, "ms")
    question = f"Was {target.service} back under its objective while the spike still ran?"
    return check("target-recovered", late_p95_ms, bound, question)


def target_errors(target: Group, limits: Limits) -> Check:
    """Hold the share of failed requests against the limit."""
    percent = 100 * target.errors / target.requests if target.requests else None
    bound = Bound("at most", 100 * limits.error_ratio, "%")
    return check("target-errors", percent, bound, f"Did {target.service} answer its requests?")


def control_replicas(control: Group) -> Check:
    """Count how often the control's replicas changed."""
    changes = len(control.replicas) - 1 if control.replicas else None
    bound = Bound("exactly", 0, "changes")
    return check("control-replicas", changes, bound, f"Did {control.service} keep its replicas?")


def control_errors(control: Group) -> Check:
    """Count the control's failed requests."""
    errors = control.errors if control.requests else None
    bound = Bound("exactly", 0, "requests")
    return check("control-errors", errors, bound, f"Did {control.service} answer every request?")


def control_latency(control: Group, limits: Limits) -> Check:
    """Hold the control's p95 in the spike against its p95 in the baseline."""
    baseline = control.phases["baseline"].p95_ms or 0.0
    ratio, floor = limits.control_latency_ratio, limits.control_latency_floor_ms
    bound = Bound("at most", max(baseline * ratio, floor), "ms")
    question = f"Was {control.service} as fast in the spike as before it?"
    return check("control-latency", control.phases["spike"].p95_ms, bound, question)


def signals_agree(counts: Counts, limits: Limits) -> Check:
    """Hold the spread of the five counts of one service against the limit."""
    bound = Bound("at most", 100 * limits.disagreement, "%")
    question = f"Do all five signals count the same requests to {counts.service}?"
    return check(f"signals-agree-{counts.service}", 100 * counts.difference, bound, question)


def holds(measured: float | None, bound: Bound) -> bool:
    """Compare; what could not be measured does not hold."""
    if measured is None:
        return False
    match bound.comparison:
        case "at most":
            return measured <= bound.value
        case "at least":
            return measured >= bound.value
        case "exactly":
            return measured == bound.value


def check(name: str, measured: float | None, bound: Bound, question: str) -> Check:
    """Hold a measured value against a bound."""
    return Check(
        name=name,
        passed=holds(measured, bound),
        measured=None if measured is None else round(measured, 4),
        limit=round(bound.value, 4),
        comparison=bound.comparison,
        unit=bound.unit,
        question=question,
    )
