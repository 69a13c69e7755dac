"""The rows of one table with a whole number as key: what both services' stores are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeVar, cast

from sqlalchemy import Engine, Table, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis.database import Key, prepare, skip_key
from chassis.paging import Page

ATTEMPTS = 5


class Keyed:
    """A mapped row whose primary key is `id`: the client's choice or the store's count."""

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # a key is never used again

    id: Mapped[int] = mapped_column(Key, primary_key=True)


RowT = TypeVar("RowT", bound=Keyed)


class KeyTakenError(Exception):
    """A row with this key exists."""


class Rows(Generic[RowT]):
    """Reads and writes of one table, each in a transaction of its own."""

    def __init__(self, engine: Engine, row_type: type[RowT]) -> None:
        self._engine = engine
        self._type = row_type
        self._table = cast(Table, inspect(row_type, raiseerr=True).local_table)

    def prepare(self, seed: Sequence[Mapping[str, object]]) -> None:
        """Create the table and seed it if it is empty; raise `StoreUnavailableError`."""
        prepare(self._engine, self._table, seed)

    def page(self, *, limit: int, after: int = 0, keys: Collection[int] = ()) -> Page[RowT]:
        """Read at most `limit` rows whose key is above `after`; only those in `keys`, if given."""
        query = select(self._type).where(self._type.id > after)
        if keys:
            query = query.where(self._type.id.in_(keys))
        with self._session() as session:
            rows = session.scalars(query.order_by(self._type.id).limit(limit + 1)).all()
        more = len(rows) > limit
        return Page(rows[:limit], next_after=rows[limit - 1].id if more else None)

    def get(self, key: int) -> RowT | None:
        """Read one row."""
        with self._session() as session:
            return session.get(self._type, key)

    def add(self, key: int | None, **values: object) -> RowT:
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

    def _insert(self, **values: object) -> RowT:
        with self._session() as session:
            try:
                row = session.scalars(
                    insert(self._type).values(**values).returning(self._type)
                ).one()
            except IntegrityError:
                raise KeyTakenError from None
            if "id" in values:
                skip_key(session.connection(), self._table, values["id"])
            session.commit()
            return row

    def delete(self, key: int) -> bool:
        """Delete one row; False when there was none."""
        with self._session() as session:
            found = session.execute(delete(self._table).where(self._table.c.id == key))
            session.commit()
            return found.rowcount > 0  # type: ignore[attr-defined, no-any-return]

    def _session(self) -> Session:
        return Session(self._engine, expire_on_commit=False)
