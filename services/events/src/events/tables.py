"""The two tables an owner of events adds to its own database."""

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, String, Table, Text

METADATA = MetaData()
"""Create it with the owner's own tables: `METADATA.create_all(connection)`."""

# SQLite only counts up by itself on INTEGER.
_Serial = BigInteger().with_variant(Integer(), "sqlite")

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("type", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("traceparent", String(55)),
    Column("tracestate", String(512)),
    Column("created_at", Double, nullable=False),
    # A relay moves this into the future: a lease while it sends, a pause after a refusal.
    Column("available_at", Double, nullable=False, index=True),
)
"""Events that are true and not yet with the broker. Times are seconds since the epoch."""

INBOX = Table(
    "inbox",
    METADATA,
    Column("event_id", String(36), primary_key=True),
    Column("processed_at", Double, nullable=False, index=True),
)
"""Events whose effect this database already holds. Times are seconds since the epoch."""
