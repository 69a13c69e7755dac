"""Hold a measured value against a limit."""

from __future__ import annotations

from typing import NamedTuple

from lab.report.model import Check, Comparison


class Bound(NamedTuple):
    """What a measured value is held against."""

    comparison: Comparison
    value: float
    unit: str


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
