"""What a consumer does with an event: once, in one transaction, whatever is delivered how often."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from events import inbox
from events.envelope import Envelope
from events.errors import InvalidEventError
from events.schemas import Event, parse

E = TypeVar("E", bound=Event)


class Outcome(StrEnum):
    """How a delivery ended; a label of the metrics and a key of the log line."""

    DONE = "done"
    DUPLICATE = "duplicate"
    RETRIED = "retried"
    DEAD = "dead"


class Subscription:
    """A queue, and what is done about each event that arrives in it."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._handlers: dict[type[Event], Callable[[Connection, Any], None]] = {}

    def on(self, event: type[E], handler: Callable[[Connection, E], None]) -> Self:
        """Have `handler` bring about the effect of `event` in the transaction it is given."""
        self._handlers[event] = handler
        return self

    @property
    def routing_keys(self) -> list[str]:
        """What the queue is bound to: the type and version of each event it handles."""
        return [event.routing_key() for event in self._handlers]

    def apply(self, engine: Engine, envelope: Envelope, body: bytes) -> Outcome:
        """Bring about the event's effect, unless it has been already.

        Raises InvalidEventError when no trial can ever succeed; else what the handler raises.
        """
        event = parse(envelope.type, envelope.version, body)
        handler = self._handlers.get(type(event))
        if handler is None or not envelope.event_id:
            raise InvalidEventError(f"{self.queue} has no handler for {event.routing_key()}")
        with engine.begin() as connection:
            if not inbox.first_time(connection, envelope.event_id):
                return Outcome.DUPLICATE
            handler(connection, event)
        return Outcome.DONE
