from itertools import chain, count, repeat

from tests.support.fake_time import FakeTime

from lab.waiting import settled, wait_until


def test_a_condition_that_holds_is_not_waited_for() -> None:
    time = FakeTime()
    assert wait_until(lambda: "there", seconds=5, waiting=time.waiting) == "there"
    assert time.now == 0


def test_the_answer_is_the_one_that_ended_the_wait() -> None:
    time, answers = FakeTime(), chain(["", "", "third"], repeat("later"))
    assert wait_until(lambda: next(answers), seconds=5, every=1, waiting=time.waiting) == "third"
    assert time.now == 2


def test_at_the_deadline_the_last_answer_is_returned_as_it_is() -> None:
    time = FakeTime()
    assert wait_until(lambda: 0, seconds=5, every=1, waiting=time.waiting) == 0
    assert time.now == 5


def test_without_any_time_the_condition_is_still_asked_once() -> None:
    assert wait_until(lambda: "there", seconds=-1, waiting=FakeTime().waiting) == "there"


def test_what_stops_to_move_is_settled_once_it_was_still_for_long_enough() -> None:
    time, values = FakeTime(), chain([1, 2, 3], repeat(3))
    read = settled(lambda: next(values), quiet_seconds=3, seconds=60, waiting=time.waiting)
    assert (read, time.now) == ((3, True), 2 + 3)


def test_what_never_rests_is_returned_at_the_deadline_and_named_restless() -> None:
    time, values = FakeTime(), count()
    read = settled(lambda: next(values), quiet_seconds=3, seconds=10, waiting=time.waiting)
    assert not read.quiet
    assert time.now == 11
