"""A worker as a process of its own, for the tests that kill it.

Its effect is a count for each laptop, so that an event that took effect twice shows.
"""

import os
import sqlite3

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    text,
)
from tests.support.signals import RecordedSignals

from chassis.settings import read_settings
from events import LaptopAdded, Subscription
from events.settings import EventsSettings
from events.worker import Worker, serve_until_signal

QUEUE = "tests.events"
EFFECTS = MetaData()
COUNTS = Table(
    "counts", EFFECTS, Column("laptop_id", Integer, primary_key=True), Column("times", Integer)
)
"""How often an event about each laptop took effect."""
COUNT_ONE_MORE = text(
    "INSERT INTO counts (laptop_id, times) VALUES (:laptop_id, 1) "
    "ON CONFLICT (laptop_id) DO UPDATE SET times = counts.times + 1"
)

POISON = 666
"""A laptop whose events always fail."""


class PoisonedError(Exception):
    """What the handler makes of the poison."""


def count(connection: Connection, added: LaptopAdded) -> None:
    if added.laptop_id == POISON:
        raise PoisonedError
    connection.execute(COUNT_ONE_MORE, {"laptop_id": added.laptop_id})


def store(path: str) -> Engine:
    """Open a database as the services do: a write-ahead log; writers wait for each other."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


def worker(engine: Engine, settings: EventsSettings, signals: RecordedSignals) -> Worker:
    return Worker(
        name="tests",
        engine=engine,
        quiet=engine,
        subscription=Subscription(QUEUE).on(LaptopAdded, count),
        settings=settings,
        signals=signals,
    )


if __name__ == "__main__":
    serve_until_signal(
        worker(store(os.environ["STORE"]), read_settings(EventsSettings), RecordedSignals())
    )
