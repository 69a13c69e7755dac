"""The outbox: an event is written in the transaction that makes it true, and sent afterwards.

So there is no moment at which one is true and the other is not, with a broker or without one.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from opentelemetry.trace import Tracer
from sqlalchemy import Engine, Insert, delete, func, insert, select, update

from events.schemas import Event
from events.spans import create
from events.tables import OUTBOX

LEASE_SECONDS = 60.0
"""How long a relay may keep rows to itself; longer than it waits for the broker's confirms."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A row of the outbox."""

    id: int
    event_id: str
    type: str
    version: int
    body: str
    traceparent: str | None
    tracestate: str | None
    created_at: float

    @property
    def routing_key(self) -> str:
        """The key it is published with, as `Event.routing_key` has it."""
        return f"{self.type}.v{self.version}"


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How many events wait, and for how many seconds the oldest has."""

    pending: int
    oldest_age_seconds: float


def record(event: Event, tracer: Tracer) -> Insert:
    """Return the INSERT that puts `event` into the outbox; run it in the transaction it is about.

    It is a statement so that it suits a Session, an AsyncSession and a Connection alike. The
    message's creation is a span of the current trace: consumers link to it.
    """
    event_id, now = str(uuid.uuid4()), time.time()
    return insert(OUTBOX).values(
        event_id=event_id,
        type=event.type,
        version=event.version,
        body=event.model_dump_json(),
        created_at=now,
        available_at=now,
        **create(tracer, event.routing_key(), event_id),
    )


def claim(engine: Engine, limit: int, *, lease_seconds: float = LEASE_SECONDS) -> list[Pending]:
    """Take up to `limit` rows, oldest first, which no other relay gets until the lease is over."""
    now = time.time()
    due = OUTBOX.c.available_at <= now
    oldest = select(OUTBOX.c.id).where(due).order_by(OUTBOX.c.id).limit(limit)
    taken = (
        update(OUTBOX)
        .where(OUTBOX.c.id.in_(oldest.with_for_update(skip_locked=True)), due)
        .values(available_at=now + lease_seconds)
        .returning(*(OUTBOX.c[name] for name in Pending.__dataclass_fields__))
    )
    with engine.connect() as reader:  # an idle relay only reads: SQLite has one writer
        if reader.scalar(oldest.limit(1)) is None:
            return []
    with engine.begin() as connection:
        rows = [Pending(**row) for row in connection.execute(taken).mappings()]
    return sorted(rows, key=lambda row: row.id)


def forget(engine: Engine, ids: Sequence[int]) -> None:
    """Delete rows that the broker has confirmed."""
    with engine.begin() as connection:
        connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(ids)))


def release(engine: Engine, ids: Sequence[int], *, pause_seconds: float = 0.0) -> None:
    """Give rows back, to be taken again after `pause_seconds`."""
    with engine.begin() as connection:
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.id.in_(ids))
            .values(available_at=time.time() + pause_seconds)
        )


def backlog(engine: Engine) -> Backlog:
    """Return what waits in the outbox now."""
    with engine.connect() as connection:
        count, oldest = connection.execute(
            select(func.count(), func.min(OUTBOX.c.created_at)).select_from(OUTBOX)
        ).one()
    return Backlog(
        pending=count, oldest_age_seconds=max(0.0, time.time() - oldest) if count else 0.0
    )
