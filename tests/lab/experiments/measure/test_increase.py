import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.experiments.measure.increase import Series, births_of, increase, total_increase

HERE = {"instance": "127.0.0.1:15000"}


def series(*samples: tuple[float, float]) -> Series:
    return Series(HERE, samples)


def test_a_counter_rises_from_its_last_value_before_the_window() -> None:
    assert increase(series((8, 90), (10, 100), (12, 130), (14, 150)), 10, 20) == 50


def test_a_series_born_in_the_window_counts_from_zero() -> None:
    assert increase(series((12, 7), (14, 9)), 10, 20) == 9


def test_a_fall_is_a_reset_and_what_follows_counts_whole() -> None:
    assert increase(series((9, 100), (12, 130), (14, 4), (16, 9)), 10, 20) == 39


def test_a_replica_that_is_gone_keeps_what_it_had_counted() -> None:
    assert total_increase([series((11, 30), (12, 45)), series((11, 5), (19, 60))], 10, 20) == 105


def test_samples_after_the_window_do_not_count() -> None:
    assert increase(series((9, 1), (15, 4), (21, 90)), 10, 20) == 3


def test_a_restart_that_overtook_the_old_value_is_seen_by_the_process_start() -> None:
    births = births_of([Series(HERE, [(9, 1000.0), (12, 1000.0), (16, 1013.0)])])
    restarted = series((9, 50), (12, 55), (16, 60))
    assert increase(restarted, 10, 20) == 10
    assert increase(restarted, 10, 20, births) == 65


def test_a_missing_start_time_is_not_a_restart() -> None:
    births = births_of([Series(HERE, [(9, 1000.0), (16, 1000.0)])])
    assert increase(series((9, 50), (12, 55), (16, 60)), 10, 20, births) == 10


def test_a_restart_just_before_the_window_starts_the_count_at_its_own_value() -> None:
    births = births_of([Series(HERE, [(5, 1.0), (9, 8.0), (12, 8.0)])])
    assert increase(series((5, 100), (9, 3), (12, 10)), 10, 20, births) == 7


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(0, 60), st.integers(0, 60))
def test_neighbouring_windows_add_up_to_the_whole(rises: list[int], one: int, two: int) -> None:
    total, samples = 0, []
    for time, rise in enumerate(rises):
        total += rise
        samples.append((float(time), float(total)))
    counter = series(*samples)
    middle, end = sorted((one, two))
    parts = increase(counter, -1, middle) + increase(counter, middle, end)
    assert parts == pytest.approx(increase(counter, -1, end))
