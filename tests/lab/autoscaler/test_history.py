"""Stabilisation windows. The table is that of the controller's own tests (Kubernetes 1.34)."""

from collections.abc import Sequence

import pytest

from lab.autoscaler.history import History, Recommendation
from lab.autoscaler.rules import SCALE_DOWN_DEFAULTS, SCALE_UP_DEFAULTS, Behavior, Rules

NOW = 10_000.0
MINUTE = 60


def remembering(past: Sequence[tuple[int, float]], *, up: int = 0, down: int = 0) -> History:
    """A history of (replicas, minutes ago) under these two windows, in seconds."""
    history = History(
        1,
        1000,
        Behavior(
            scale_up=Rules(stabilization_seconds=up, policies=SCALE_UP_DEFAULTS.policies),
            scale_down=Rules(stabilization_seconds=down, policies=SCALE_DOWN_DEFAULTS.policies),
        ),
    )
    history._recommended = [Recommendation(n, NOW - minutes * MINUTE) for n, minutes in past]
    return history


@pytest.mark.parametrize(
    ("past", "up", "down", "current", "wanted", "expected"),
    [
        pytest.param([], 0, 0, 100, 5, 5, id="nothing remembered"),
        pytest.param([(4, 2), (5, 1)], 0, 180, 100, 3, 5, id="down to the highest of late"),
        pytest.param([(4, 2), (5, 1)], 300, 0, 1, 7, 4, id="up to the lowest of late"),
        pytest.param([(1, 2), (2, 1)], 300, 0, 100, 3, 3, id="the up window leaves down alone"),
        pytest.param([(4, 2), (5, 1)], 0, 300, 1, 3, 3, id="the down window leaves up alone"),
        pytest.param([(10, 10), (9, 9)], 0, 0, 100, 3, 3, id="old ones no longer hold down"),
        pytest.param([(10, 10), (9, 9)], 0, 0, 1, 100, 100, id="old ones no longer hold up"),
        pytest.param([(10, 10), (4, 1), (5, 2), (9, 9)], 0, 180, 100, 3, 5, id="any order, down"),
        pytest.param([(10, 100), (6, 1), (5, 2), (9, 3)], 300, 0, 1, 100, 5, id="any order, up"),
        pytest.param([(2, 100), (3, 3)], 300, 300, 2, 1, 2, id="never up on a lower wish"),
        pytest.param([(2, 100), (1, 3)], 300, 300, 2, 3, 2, id="never down on a higher wish"),
    ],
)
def test_windows_hold_a_recommendation_back(
    *,
    past: Sequence[tuple[int, float]],
    up: int,
    down: int,
    current: int,
    wanted: int,
    expected: int,
) -> None:
    stable, reason = remembering(past, up=up, down=down).stabilise(current, wanted, NOW)
    assert stable == expected
    assert bool(reason) == (stable != wanted)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([], 3),
        ([(4, 2), (5, 1)], 5),
        ([(1, 2), (2, 1)], 3),
        ([(10, 10), (9, 9)], 3),
        ([(10, 10), (4, 1), (5, 2), (9, 9)], 5),
    ],
)
def test_without_behavior_five_minutes_hold_a_scale_down(
    past: Sequence[tuple[int, float]], expected: int
) -> None:
    history = History(1, 1000, None)
    history._recommended = [Recommendation(n, NOW - minutes * MINUTE) for n, minutes in past]
    assert history.stabilise(100, 3, NOW)[0] == expected


def test_the_windows_first_instant_counts_only_without_behavior() -> None:
    old = History(1, 1000, None)
    old._recommended = [Recommendation(9, NOW - 300)]
    assert old.stabilise(9, 3, NOW) == (9, "ScaleDownStabilized")
    assert remembering([(9, 5)], down=300).stabilise(9, 3, NOW) == (3, "")


def test_the_reason_names_the_window() -> None:
    assert remembering([(5, 1)], down=180).stabilise(5, 3, NOW)[1] == "ScaleDownStabilized"
    assert remembering([(5, 1)], up=180).stabilise(5, 9, NOW)[1] == "ScaleUpStabilized"


def test_the_first_scale_seen_counts_as_a_recommendation() -> None:
    history = remembering([], down=60)
    history.begin(7, NOW)
    history.begin(3, NOW + 1)
    assert history.stabilise(7, 1, NOW + 2) == (7, "ScaleDownStabilized")


def test_memory_stays_as_long_as_the_longest_window() -> None:
    history = remembering([], up=0, down=20)
    for second in range(1000):
        history.stabilise(1, 1, NOW + second)
    assert len(history._recommended) == 21
