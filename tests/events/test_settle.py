import pytest

from events.effects import Outcome
from events.errors import InvalidEventError
from events.settle import judge

DELAYS = (1.0, 5.0)


@pytest.mark.parametrize(
    ("attempt", "queue"), [(0, "laptops.events.retry.1000ms"), (1, "laptops.events.retry.5000ms")]
)
def test_a_failure_waits_longer_each_time(attempt: int, queue: str) -> None:
    verdict = judge("laptops.events", attempt, ZeroDivisionError(), DELAYS)
    assert (verdict.outcome, verdict.queue) == (Outcome.RETRIED, queue)
    assert verdict.attempt == attempt + 1
    assert verdict.delay_seconds == DELAYS[attempt]


def test_after_the_last_trial_it_is_a_dead_letter_that_says_why() -> None:
    verdict = judge("laptops.events", 2, ZeroDivisionError(), DELAYS)
    assert (verdict.outcome, verdict.queue) == (Outcome.DEAD, "laptops.events.dead")
    assert verdict.failure == "ZeroDivisionError"


def test_what_can_never_succeed_is_not_tried_again() -> None:
    assert judge("laptops.events", 0, InvalidEventError(), DELAYS).outcome is Outcome.DEAD
