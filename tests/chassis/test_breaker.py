import threading

import pytest

from chassis.breaker import CircuitBreaker, CircuitOpenError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class DownError(Exception):
    pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures=2, rest_seconds=5, counts=DownError, clock=clock)


def fail() -> None:
    raise DownError


def open_it(breaker: CircuitBreaker) -> None:
    for _ in range(2):
        with pytest.raises(DownError):
            breaker.call(fail)


def test_calls_pass_while_they_succeed(breaker: CircuitBreaker) -> None:
    assert breaker.call(lambda: "answer") == "answer"


def test_failures_in_a_row_open_it(breaker: CircuitBreaker) -> None:
    open_it(breaker)

    with pytest.raises(CircuitOpenError):
        breaker.call(lambda: pytest.fail("called"))


def test_a_success_in_between_keeps_it_closed(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        with pytest.raises(DownError):
            breaker.call(fail)
        breaker.call(lambda: None)


def test_an_error_that_does_not_count_keeps_it_closed(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            breaker.call(lambda: 1 / 0)


def test_after_a_rest_a_success_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 5

    breaker.call(lambda: None)
    assert breaker.call(lambda: "answer") == "answer"


def test_after_a_rest_a_failure_opens_it_again(breaker: CircuitBreaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 5
    with pytest.raises(DownError):
        breaker.call(fail)

    clock.now = 9.9
    with pytest.raises(CircuitOpenError):
        breaker.call(lambda: None)


def test_only_one_call_at_a_time_tries_after_a_rest(breaker: CircuitBreaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now = 5

    def during_the_trial() -> None:
        with pytest.raises(CircuitOpenError):
            breaker.call(lambda: None)

    breaker.call(during_the_trial)


def test_a_slow_call_does_not_hold_up_others(breaker: CircuitBreaker) -> None:
    release = threading.Event()
    slow = threading.Thread(target=breaker.call, args=(release.wait,))
    slow.start()

    assert breaker.call(lambda: "answer") == "answer"
    release.set()
    slow.join()
