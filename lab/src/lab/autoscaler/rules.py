"""How fast a scale may change: the scaling rules of `behavior`, as the HPA controller applies them.

Follows `pkg/controller/podautoscaler/horizontal.go` of Kubernetes 1.34. Times are seconds on one
clock that the caller chooses; nothing here reads a clock.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PolicyType(StrEnum):
    """What a scaling policy's value counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class Select(StrEnum):
    """Which of several scaling policies decides."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `value` replicas, or percent of them, within any `period_seconds`."""

    type: PolicyType
    value: int
    period_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules for one direction, with every default filled in."""

    stabilization_seconds: int
    policies: tuple[Policy, ...]
    select: Select = Select.MAX
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """The rules for both directions."""

    scale_up: Rules
    scale_down: Rules


SCALE_UP_DEFAULTS = Rules(
    stabilization_seconds=0,
    policies=(Policy(PolicyType.PODS, 4, 15), Policy(PolicyType.PERCENT, 100, 15)),
)
SCALE_DOWN_DEFAULTS = Rules(
    stabilization_seconds=300,
    policies=(Policy(PolicyType.PERCENT, 100, 15),),
)


@dataclass(frozen=True, slots=True)
class ScaleEvent:
    """A scale that was carried out: by how many replicas, and when."""

    replicas: int
    at: float


def replicas_changed(changes: Iterable[ScaleEvent], period_seconds: float, now: float) -> int:
    """Count the replicas changed in the period that ends now; its first instant is outside."""
    return sum(change.replicas for change in changes if change.at > now - period_seconds)


def scale_up_limit(
    current: int,
    rules: Rules,
    *,
    ups: Iterable[ScaleEvent],
    downs: Iterable[ScaleEvent],
    now: float,
) -> int:
    """Return the most replicas that the rules allow now; never under `current`."""
    if rules.select is Select.DISABLED:
        return current
    ups, downs = tuple(ups), tuple(downs)
    limits = [
        _highest(_at_period_start(current, policy, ups, downs, now), policy)
        for policy in rules.policies
    ]
    limit = min(limits) if rules.select is Select.MIN else max(limits)
    return max(limit, current)


def scale_down_limit(
    current: int,
    rules: Rules,
    *,
    ups: Iterable[ScaleEvent],
    downs: Iterable[ScaleEvent],
    now: float,
) -> int:
    """Return the fewest replicas that the rules allow now; never over `current`, maybe negative."""
    if rules.select is Select.DISABLED:
        return current
    ups, downs = tuple(ups), tuple(downs)
    limits = [
        _lowest(_at_period_start(current, policy, ups, downs, now), policy)
        for policy in rules.policies
    ]
    limit = max(limits) if rules.select is Select.MIN else min(limits)
    return min(limit, current)


def _at_period_start(
    current: int,
    policy: Policy,
    ups: tuple[ScaleEvent, ...],
    downs: tuple[ScaleEvent, ...],
    now: float,
) -> int:
    added = replicas_changed(ups, policy.period_seconds, now)
    removed = replicas_changed(downs, policy.period_seconds, now)
    return current - added + removed


def _highest(start: int, policy: Policy) -> int:
    if policy.type is PolicyType.PODS:
        return start + policy.value
    # Rounded up, or a small percentage of few replicas would never add one.
    return math.ceil(start * (1 + policy.value / 100))


def _lowest(start: int, policy: Policy) -> int:
    if policy.type is PolicyType.PODS:
        return start - policy.value
    return math.trunc(start * (1 - policy.value / 100))
