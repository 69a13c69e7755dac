import pytest

from lab.experiments.spike import statistics
from lab.experiments.spike.clientlog import Request, Slot


def request(sent: float, latency_ms: float) -> Request:
    return Request(sent, sent, "laptops", "GET", "/laptops", 200, latency_ms, "0" * 32, None)


@pytest.mark.parametrize(("percent", "value"), [(50, 5), (95, 10), (90, 9), (1, 1), (100, 10)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert statistics.percentile(range(1, 11), percent) == value


def test_no_values_have_no_percentile() -> None:
    assert statistics.percentile([], 95) is None


def test_the_rate_counts_answers_when_they_arrive() -> None:
    requests = [request(0.5, 100), request(0.9, 200), request(1.5, 10)]
    assert statistics.rate_series(requests, 0, 3) == [(0, 1), (1, 2), (2, 0)]


def test_p95_looks_back_over_its_window_only() -> None:
    slots = [Slot(0.0, 0.9, True), Slot(5.5, 5.6, True)]
    series = statistics.p95_series(slots, 0, 7, window=2)
    assert [(at, round(p95)) for at, p95 in series] == [
        (1, 900),
        (2, 900),
        (6, 100),
        (7, 100),
    ]


def test_recovery_counts_only_when_it_lasts() -> None:
    points = [(1, 100.0), (2, 900.0), (3, 400.0), (4, 600.0), (5, 300.0), (6, 200.0)]
    assert statistics.first_below_for_good(points, 500) == 5
    assert statistics.first_below_for_good(points, 100) is None


def test_the_area_under_steps_holds_each_value_until_the_next() -> None:
    assert statistics.area([(0, 1), (10, 5), (20, 1)], 30) == 10 + 50 + 10


def test_the_least_and_the_most_are_unknown_when_one_is() -> None:
    assert (statistics.least([3.0, 1.0]), statistics.most([3.0, 1.0])) == (1.0, 3.0)
    assert (statistics.least([3.0, None]), statistics.most([None, 1.0])) == (None, None)
    assert (statistics.least([]), statistics.most([])) == (None, None)
