import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.report.chart import line_path, step_path
from lab.report.scale import Scale, clock, nice_ticks, time_ticks, whole_ticks

X = Scale(0, 10, 0, 100)
Y = Scale(0, 5, 50, 0)


@pytest.mark.parametrize(
    ("high", "ticks"),
    [(100, [0, 25, 50, 75, 100]), (2656, [0, 1000, 2000, 3000]), (0.9, [0, 0.25, 0.5, 0.75, 1])],
)
def test_ticks_are_round(high: float, ticks: list[float]) -> None:
    assert nice_ticks(high) == ticks


@given(st.floats(0.001, 1e7))
def test_ticks_reach_the_highest_value(high: float) -> None:
    ticks = nice_ticks(high)
    assert ticks[-1] >= high * 0.999
    assert 2 <= len(ticks) <= 6


@pytest.mark.parametrize(("high", "ticks"), [(1, [0, 1]), (5, [0, 2, 4, 6]), (8, [0, 2, 4, 6, 8])])
def test_replicas_are_whole(high: float, ticks: list[float]) -> None:
    assert whole_ticks(high) == ticks


def test_time_is_labelled_at_round_moments() -> None:
    assert time_ticks(180, 5) == [0, 60, 120, 180]
    assert [clock(second) for second in (0, 65, 600)] == ["0:00", "1:05", "10:00"]


def test_a_line_goes_from_point_to_point() -> None:
    assert line_path([(0, 0), (10, 5)], X, Y) == "M0.0 50.0 L100.0 0.0"


def test_a_step_holds_until_the_next_and_to_the_end() -> None:
    assert step_path([(0, 1), (5, 5)], X, Y) == "M0.0 40.0 H50.0 V0.0 H100"
    assert step_path([], X, Y) == ""
