"""The inbox: an event that is delivered twice has its effect once."""

import time

from sqlalchemy import Connection, Engine, delete, text

from events.tables import INBOX

RETENTION_SECONDS = 30 * 24 * 3600.0
"""How long an event is remembered. A dead letter replayed later than this could count twice."""

# SQLite and PostgreSQL agree on this; SQLAlchemy would have a construct for each.
_REMEMBER = text(
    "INSERT INTO inbox (event_id, processed_at) VALUES (:event_id, :processed_at) "
    "ON CONFLICT DO NOTHING"
)


def first_time(connection: Connection, event_id: str) -> bool:
    """Return whether this event is new here, and remember it in the caller's transaction.

    On PostgreSQL a second delivery at the same moment waits for the first one's transaction.
    """
    row = {"event_id": event_id, "processed_at": time.time()}
    return connection.execute(_REMEMBER, row).rowcount == 1


def purge(engine: Engine, *, older_than_seconds: float = RETENTION_SECONDS) -> int:
    """Forget events processed long ago, and return how many."""
    with engine.begin() as connection:
        old = INBOX.c.processed_at < time.time() - older_than_seconds
        return connection.execute(delete(INBOX).where(old)).rowcount
