"""The rows of one table with a whole number as key: what both services' stores are made of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Generic, Protocol, TypeVar, cast

from sqlalchemy import Engine, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session

from chassis.database import skip_key
from chassis.paging import Page

ATTEMPTS = 5


class Keyed(Protocol):
    """A mapped row whose primary key is `id`."""

    id: Mapped[int]


RowT = TypeVar("RowT", bound=Keyed)


class KeyTakenError(Exception):
    """A row with this key exists."""


class Rows(Generic[RowT]):
    """Reads and writes of one table, each in a transaction of its own."""

    def __init__(self, engine: Engine, row_type: type[RowT]) -> None:
        self._engine = engine
        self._type = row_type
        self._table = cast(Table, row_type.__table__)  # type: ignore[attr-defined]

    def page(self, *, limit: int, after: int = 0, keys: Collection[int] = ()) -> Page[RowT]:
        """Read at most `limit` rows whose key is above `after`; only those in `keys`, if given."""
        query = select(self._type).where(self._type.id > after)
        if keys:
            query = query.where(self._type.id.in_(keys))
        with self._session() as session:
            rows = session.scalars(query.order_by(self._type.id).limit(limit + 1)).all()
        more = len(rows) > limit
        return Page(rows[:limit], next_after=cast(int, rows[limit - 1].id) if more else None)

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
