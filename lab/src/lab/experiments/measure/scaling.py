"""Checks of how many replicas there were over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.bound import Bound, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.report.model import Check, Replicas


def grew(name: str, who: str, steps: Sequence[Replicas], factor: float) -> Check:
    """Hold the most replicas over the fewest against the least factor."""
    counts = [step.replicas for step in steps]
    fewest = min(counts, default=0)
    measured = max(counts) / fewest if fewest else None
    return check(name, measured, Bound("at least", factor, "times"), f"Did {who} grow?")


def shrank(name: str, who: str, steps: Sequence[Replicas]) -> Check:
    """Hold the replicas at the end against the fewest before."""
    counts = [step.replicas for step in steps]
    bound = Bound("exactly", min(counts, default=0), "replicas")
    return check(name, counts[-1] if counts else None, bound, f"Did {who} shrink again?")


def stayed(name: str, who: str, steps: Sequence[Replicas]) -> Check:
    """Count how often the replicas changed."""
    changed = len(steps) - 1 if steps else None
    return check(name, changed, Bound("exactly", 0, "changes"), f"Did {who} keep its replicas?")
