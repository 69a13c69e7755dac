"""Scaling policies. The tables are those of the controller's own tests (Kubernetes 1.34)."""

from collections.abc import Sequence

import pytest

from lab.autoscaler.history import History
from lab.autoscaler.rules import (
    SCALE_DOWN_DEFAULTS,
    SCALE_UP_DEFAULTS,
    Behavior,
    Policy,
    PolicyType,
    Rules,
    ScaleEvent,
    Select,
    replicas_changed,
    scale_down_limit,
    scale_up_limit,
)

NOW = 10_000.0
TWO_A_MINUTE = Policy(PolicyType.PODS, 2, 60)
HALF_A_MINUTE = Policy(PolicyType.PERCENT, 50, 60)


def pods(value: int, period: int) -> Rules:
    return Rules(stabilization_seconds=0, policies=(Policy(PolicyType.PODS, value, period),))


def percent(value: int, period: int) -> Rules:
    return Rules(stabilization_seconds=0, policies=(Policy(PolicyType.PERCENT, value, period),))


def both(pods_value: int, pods_period: int, percent_value: int, percent_period: int) -> Rules:
    return Rules(
        stabilization_seconds=0,
        policies=(
            Policy(PolicyType.PODS, pods_value, pods_period),
            Policy(PolicyType.PERCENT, percent_value, percent_period),
        ),
    )


def spread(changes: Sequence[int], seconds: float = 120) -> list[ScaleEvent]:
    """Changes in the middle of equal parts of the time before NOW."""
    part = seconds / len(changes)
    return [
        ScaleEvent(change, NOW - int(seconds - part * (i + 1) + part / 2))
        for i, change in enumerate(changes)
    ]


def history(
    *,
    low: int,
    high: int,
    up: Rules | None = None,
    down: Rules | None = None,
    ups: Sequence[int] = (),
    downs: Sequence[int] = (),
) -> History:
    behavior = Behavior(scale_up=up or SCALE_UP_DEFAULTS, scale_down=down or SCALE_DOWN_DEFAULTS)
    remembered = History(low, high, behavior)
    remembered._ups = spread(ups) if ups else []
    remembered._downs = spread(downs) if downs else []
    return remembered


CASES = [
    # name, min, max, current, wanted, expected, reason, rules and past changes
    ("within range", 3, 8, 5, 7, 7, "DesiredWithinRange", {}),
    ("under the minimum", 2, 8, 3, 1, 2, "TooFewReplicas", {}),
    ("zero is in range if the minimum is zero", 0, 10, 1, 0, 0, "DesiredWithinRange", {}),
    ("the maximum limits more than the rate", 1, 10, 8, 1000, 10, "TooManyReplicas", {}),
    ("over the maximum", 100, 150, 100, 1000, 150, "TooManyReplicas", {}),
    ("1 % of 3 is one more", 1, 2000, 3, 1000, 4, "ScaleUpLimit", {"up": percent(1, 60)}),
    ("20 fewer a minute", 3, 2000, 1000, 3, 980, "ScaleDownLimit", {"down": pods(20, 60)}),
    ("up by default doubles", 1, 1000, 10, 50, 20, "ScaleUpLimit", {}),
    ("up by default adds 4 to 1", 1, 1000, 1, 50, 5, "ScaleUpLimit", {}),
    ("pods over percent", 1, 1000, 10, 500, 110, "ScaleUpLimit", {"up": both(100, 60, 100, 60)}),
    ("percent over pods", 1, 1000, 10, 500, 20, "ScaleUpLimit", {"up": both(2, 60, 100, 60)}),
    ("a large pods policy", 1, 1000, 10, 50, 50, "DesiredWithinRange", {"up": pods(100, 60)}),
    ("a huge pods policy", 1, 1000, 10, 50, 50, "DesiredWithinRange", {"up": pods(10000, 60)}),
    ("pods limit up", 1, 1000, 10, 50, 40, "ScaleUpLimit", {"up": pods(30, 60)}),
    ("percent limit up", 1, 1000, 10, 50, 30, "ScaleUpLimit", {"up": percent(200, 60)}),
    ("down: more pods", 1, 1000, 100, 2, 80, "ScaleDownLimit", {"down": both(20, 60, 1, 60)}),
    ("down: fewer pods", 1, 1000, 100, 2, 98, "ScaleDownLimit", {"down": both(2, 60, 1, 60)}),
    ("down to the minimum", 1, 1000, 10, 0, 1, "TooFewReplicas", {"down": pods(100, 60)}),
    ("down by 100 %", 5, 1000, 10, 2, 5, "TooFewReplicas", {"down": percent(100, 60)}),
    ("pods limit down", 1, 1000, 10, 2, 5, "ScaleDownLimit", {"down": pods(5, 60)}),
    ("percent just allows", 1, 1000, 10, 5, 5, "DesiredWithinRange", {"down": percent(50, 60)}),
    ("past ups, large pods", 1, 200, 100, 500, 200, "TooManyReplicas",
     {"up": pods(300, 60), "ups": (1, 5, 9)}),
    ("past ups, large percent", 1, 200, 100, 500, 200, "TooManyReplicas",
     {"up": percent(10000, 60), "ups": (1, 5, 9)}),
    ("past ups used the policy up", 1, 1000, 100, 500, 100, "ScaleUpLimit",
     {"up": pods(5, 120), "ups": (1, 5, 9)}),
    ("pods from the period's start", 1, 1000, 100, 500, 235, "ScaleUpLimit",
     {"up": pods(150, 120), "ups": (1, 5, 9)}),
    ("percent from the period's start", 1, 1000, 100, 500, 255, "ScaleUpLimit",
     {"up": percent(200, 120), "ups": (1, 5, 9)}),
    ("past ups and downs, going up", 1, 1000, 6, 24, 16, "ScaleUpLimit",
     {"up": percent(300, 300), "ups": (4,), "downs": (2,)}),
    ("past downs, default rules", 1, 1000, 10, 5, 5, "DesiredWithinRange", {"downs": (1, 5, 9)}),
    ("past downs, large pods", 1, 1000, 100, 0, 1, "TooFewReplicas",
     {"down": pods(115, 120), "downs": (1, 5, 9)}),
    ("past downs, minimum 5", 5, 1000, 100, 0, 5, "TooFewReplicas",
     {"down": pods(130, 120), "downs": (1, 5, 9)}),
    ("past downs, 100 %", 5, 1000, 100, 2, 5, "TooFewReplicas",
     {"down": percent(100, 120), "downs": (1, 5, 9)}),
    ("past downs used the policy up", 1, 1000, 100, 2, 100, "ScaleDownLimit",
     {"down": pods(5, 120), "downs": (1, 5, 9)}),
    ("percent down from the period's start", 1, 1000, 100, 0, 56, "ScaleDownLimit",
     {"down": percent(50, 120), "downs": (2, 4, 6)}),
    ("past ups and downs, going down", 1, 1000, 10, 1, 6, "ScaleDownLimit",
     {"down": percent(50, 180), "ups": (2,), "downs": (4,)}),
    ("past downs prevent more", 1, 1000, 100, 0, 100, "ScaleDownLimit",
     {"down": percent(10, 120), "downs": (10, 10, 10)}),
    ("a limit below zero limits nothing", 1, 1000, 10, 5, 5, "DesiredWithinRange",
     {"down": percent(1000, 120), "downs": (10, 10, 10)}),
    ("two periods, up", 1, 1000, 100, 200, 200, "DesiredWithinRange",
     {"up": both(1000, 120, 100, 60), "ups": (8, 12, 9, 11)}),
    ("two periods, down", 1, 1000, 100, 5, 5, "DesiredWithinRange",
     {"down": both(1000, 120, 100, 60), "downs": (8, 12, 9, 11)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "current", "wanted", "expected", "reason", "rules"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_a_wanted_scale_is_limited_as_the_controller_limits_it(
    *,
    low: int,
    high: int,
    current: int,
    wanted: int,
    expected: int,
    reason: str,
    rules: dict[str, object],
) -> None:
    remembered = history(low=low, high=high, **rules)  # type: ignore[arg-type]
    assert remembered.limit(current, wanted, NOW) == (expected, reason)


@pytest.mark.parametrize(
    ("current", "wanted", "low", "high", "expected", "reason"),
    [
        (5, 7, 3, 8, 7, "DesiredWithinRange"),
        (3, 1, 2, 8, 2, "TooFewReplicas"),
        (1, 0, 0, 10, 0, "DesiredWithinRange"),
        (20, 1000, 1, 10, 10, "TooManyReplicas"),
        (3, 1000, 1, 2000, 6, "ScaleUpLimit"),
        (1, 1000, 1, 2000, 4, "ScaleUpLimit"),
    ],
)
def test_without_behavior_the_old_fixed_limits_hold(
    *, current: int, wanted: int, low: int, high: int, expected: int, reason: str
) -> None:
    assert History(low, high, None).limit(current, wanted, NOW) == (expected, reason)


def test_min_selects_the_policy_that_adds_least() -> None:
    rules = Rules(
        stabilization_seconds=300, policies=(TWO_A_MINUTE, HALF_A_MINUTE), select=Select.MIN
    )
    assert scale_up_limit(1, rules, ups=(), downs=(), now=NOW) == 2


def test_min_selects_the_policy_that_removes_least() -> None:
    rules = Rules(
        stabilization_seconds=300, policies=(TWO_A_MINUTE, HALF_A_MINUTE), select=Select.MIN
    )
    assert scale_down_limit(5, rules, ups=(), downs=(), now=NOW) == 3


@pytest.mark.parametrize("limit", [scale_up_limit, scale_down_limit])
def test_disabled_allows_no_change(limit: object) -> None:
    rules = Rules(stabilization_seconds=0, policies=(TWO_A_MINUTE,), select=Select.DISABLED)
    assert limit(5, rules, ups=(), downs=(), now=NOW) == 5  # type: ignore[operator]


def test_a_change_exactly_one_period_old_has_left_the_period() -> None:
    changes = [ScaleEvent(3, NOW - 60), ScaleEvent(2, NOW - 59.9)]
    assert replicas_changed(changes, 60, NOW) == 2
