"""The rows of one table with a whole number as key: what both services' stores are made of.

This is SQLAlchemy Core: with a table or two and a domain that has its own objects, mapping rows
to a second set of objects would double a read's cost and add nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    RowMapping,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from chassis.database import Key, prepare, skip_key
from chassis.paging import Page

ATTEMPTS = 5

Also = Callable[[Connection, RowMapping], object]
"""What else is to be written in the transaction that adds or deletes a row."""


def keyed_table(name: str, *columns: Column[Any]) -> Table:
    """Describe a table whose key is `id`: the client's choice or the store's count.

    A key is never used again, so a link never leads to another thing than it used to.
    """
    key = Column("id", Key, primary_key=True)
    return Table(name, MetaData(), key, *columns, sqlite_autoincrement=True)


class KeyTakenError(Exception):
    """A row with this key exists."""


class Rows:
    """Reads and writes of one table, each in a transaction of its own.

    `added` and `deleted` write what belongs to that change, or undo it by raising.
    """

    def __init__(
        self,
        engine: Engine,
        table: Table,
        *,
        added: Also | None = None,
        deleted: Also | None = None,
    ) -> None:
        self._engine = engine
        self._table = table
        self._key = table.c.id
        self._added, self._deleted = added, deleted

    def prepare(
        self, seed: Sequence[Mapping[str, object]], *, beside: Sequence[Table] = ()
    ) -> None:
        """Create the table and those `beside` it, and seed it if it is empty.

        Raises:
            StoreUnavailableError: the database can't be opened or written.

        """
        prepare(self._engine, self._table, seed, beside=beside)

    def page(self, *, limit: int, after: int = 0, keys: Collection[int] = ()) -> Page[RowMapping]:
        """Read at most `limit` rows whose key is above `after`; only those in `keys`, if given."""
        query = select(self._table).where(self._key > after)
        if keys:
            query = query.where(self._key.in_(keys))
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(self._key).limit(limit + 1))
            rows = found.mappings().all()
        more = len(rows) > limit
        return Page(rows[:limit], next_after=rows[limit - 1]["id"] if more else None)

    def get(self, key: int) -> RowMapping | None:
        """Read one row."""
        with self._engine.connect() as connection:
            found = connection.execute(select(self._table).where(self._key == key))
            return found.mappings().first()

    def add(self, key: int | None, **values: object) -> RowMapping:
        """Insert a row and return it; without a key, the store counts.

        Raises:
            KeyTakenError: the chosen key is in use.

        """
        if key is not None:
            return self._insert(id=key, **values)
        for _ in range(ATTEMPTS):
            try:
                return self._insert(**values)
            except KeyTakenError:
                continue  # another replica's chosen key met the count; the count has moved on
        raise KeyTakenError

    def _insert(self, **values: object) -> RowMapping:
        statement = insert(self._table).values(**values).returning(self._table)
        try:
            with self._engine.begin() as connection:
                row = connection.execute(statement).mappings().one()
                if "id" in values:
                    skip_key(connection, self._table, values["id"])
                if self._added is not None:
                    self._added(connection, row)
                return row
        except IntegrityError:
            raise KeyTakenError from None

    def delete(self, key: int) -> bool:
        """Delete one row; False when there was none."""
        statement = delete(self._table).where(self._key == key).returning(self._table)
        with self._engine.begin() as connection:
            row = connection.execute(statement).mappings().first()
            if row is not None and self._deleted is not None:
                self._deleted(connection, row)
            return row is not None
