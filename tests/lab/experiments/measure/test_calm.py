from collections.abc import Iterator
from itertools import chain, repeat

from tests.support.fake_time import FakeTime

from lab.experiments.measure.calm import CALM_SECONDS, PATIENCE_SECONDS, wait_for_calm


def waited(busy: Iterator[float]) -> tuple[float | None, float]:
    """Return what the wait found and how long it took."""
    time = FakeTime()
    since_the_boot = chain([100.0], busy)
    left = wait_for_calm(lambda: next(since_the_boot), waiting=time.waiting)
    return left, time.now


def test_a_calm_machine_is_seen_within_seconds() -> None:
    assert waited(repeat(12.0)) == (None, CALM_SECONDS)


def test_one_busy_second_begins_the_wait_anew() -> None:
    assert waited(chain([12.0, 12.0, 90.0], repeat(12.0))) == (None, 3 + CALM_SECONDS)


def test_a_machine_that_is_never_calm_is_not_waited_for_without_end() -> None:
    left, seconds = waited(repeat(98.0))
    assert left == 98.0
    assert seconds == PATIENCE_SECONDS + 1
