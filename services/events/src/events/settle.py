"""Where a failed message goes: to wait and be tried again, or to the dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType

from events import names
from events.effects import Outcome
from events.errors import InvalidEventError
from events.messages import again, milliseconds


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What is to be done with a message that failed."""

    outcome: Outcome
    queue: str
    delay_seconds: float
    attempt: int
    failure: str


def settle(queue: str, attempt: int, error: Exception, delays: Sequence[float]) -> Settlement:
    """Decide about a message of `queue` that failed after `attempt` earlier trials."""
    failure = type(error).__name__
    if isinstance(error, InvalidEventError) or attempt >= len(delays):
        return Settlement(
            outcome=Outcome.DEAD,
            queue=names.dead(queue),
            delay_seconds=0.0,
            attempt=attempt,
            failure=failure,
        )
    delay = delays[attempt]
    return Settlement(
        outcome=Outcome.RETRIED,
        queue=names.retry(queue, delay),
        delay_seconds=delay,
        attempt=attempt + 1,
        failure=failure,
    )


def moved(
    message: AbstractIncomingMessage, settlement: Settlement, *, queue: str, now: float
) -> Message:
    """Return the copy of `message` that goes where the settlement says, with why it goes there."""
    headers: HeadersType = {
        names.ATTEMPT: settlement.attempt,
        names.FAILURE: settlement.failure,
        names.QUEUE: queue,
        names.SENT_AT: milliseconds(now + settlement.delay_seconds),
    }
    return again(message, headers)
