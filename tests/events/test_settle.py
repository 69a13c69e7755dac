import pytest

from events.effects import Outcome
from events.errors import InvalidEventError
from events.settle import settle

DELAYS = (1.0, 5.0)


@pytest.mark.parametrize(
    ("attempt", "queue"), [(0, "laptops.events.retry.1000ms"), (1, "laptops.events.retry.5000ms")]
)
def test_a_failure_waits_longer_each_time(attempt: int, queue: str) -> None:
    settlement = settle("laptops.events", attempt, ZeroDivisionError(), DELAYS)
    assert (settlement.outcome, settlement.queue) == (Outcome.RETRIED, queue)
    assert settlement.attempt == attempt + 1
    assert settlement.delay_seconds == DELAYS[attempt]


def test_after_the_last_trial_it_is_a_dead_letter_that_says_why() -> None:
    settlement = settle("laptops.events", 2, ZeroDivisionError(), DELAYS)
    assert (settlement.outcome, settlement.queue) == (Outcome.DEAD, "laptops.events.dead")
    assert settlement.failure == "ZeroDivisionError"


def test_what_can_never_succeed_is_not_tried_again() -> None:
    assert settle("laptops.events", 0, InvalidEventError(), DELAYS).outcome is Outcome.DEAD
