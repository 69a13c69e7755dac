"""Engines, and the first use of a database by any of several replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    Table,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from chassis.errors import CannotStartError

BUSY_SECONDS = 5.0
PREPARE_LOCK = 7_205_151_000  # any number, the same in every replica
Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only in a column called INTEGER


class StoreUnavailableError(CannotStartError):
    """The database cannot be opened; the text says which, without its password."""


# Parameters are what clients sent: they stay out of errors, and so out of spans and log lines.
_engine = partial(create_engine, max_overflow=0, hide_parameters=True)


def open_engine(url: str, *, pool_size: int) -> Engine:
    """Make an engine; it connects on first use.

    SQLite runs in WAL mode: readers never wait for the writer, in any process.
    """
    if not url.startswith("sqlite"):
        patience = {"connect_timeout": 5}
        return _engine(url, pool_size=pool_size, pool_pre_ping=True, connect_args=patience)
    engine = _engine(url, pool_size=pool_size, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 (a DBAPI connection)
    """In WAL mode NORMAL loses no consistency, only the last commits of a machine that crashes."""
    connection.execute("PRAGMA synchronous = NORMAL")


def prepare(
    engine: Engine,
    table: Table,
    seed: Sequence[Mapping[str, object]],
    *,
    beside: Sequence[Table] = (),
) -> None:
    """Create the table and those `beside` it, and seed it if empty.

    That happens once, however many replicas start together.

    Raises:
        StoreUnavailableError: the database can't be opened or written.

    """
    try:
        if engine.dialect.name == "sqlite":
            _retry_while_busy(lambda: _use_wal(engine))
        with engine.connect() as connection:
            _lock(connection)
            for each in (table, *beside):
                each.create(connection, checkfirst=True)
            if connection.execute(select(table.c.id).limit(1)).first() is None:
                connection.execute(insert(table), list(seed))
                for row in seed:
                    skip_key(connection, table, row["id"])
            connection.commit()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        address = engine.url.render_as_string(hide_password=True)
        raise StoreUnavailableError(f"Cannot use the database {address}: {reason}.") from error


def _lock(connection: Connection) -> None:
    """Keep other replicas out until this transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARE_LOCK})


def _use_wal(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def _retry_while_busy(action: Callable[[], None]) -> None:
    """Try again while another process changes the journal mode: SQLite doesn't wait there."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return action()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def skip_key(connection: Connection, table: Table, key: object) -> None:
    """Let the store's own count go on after a key that a client chose. SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(
        text("SELECT setval(:name, GREATEST(:key, nextval(:name)))"),
        {"name": f"{table.name}_id_seq", "key": key},
    )
