"""Laptops in a database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, Engine, RowMapping, String

from chassis.paging import Page
from chassis.rows import KeyTakenError, Rows, keyed_table
from laptops.domain import Draft, Laptop, LaptopIdTakenError, LaptopNotFoundError

SEED: Final = (
    {"id": 1, "title": "Lenovo", "model": "S3", "ports": []},
    {"id": 2, "title": "Dell", "model": "Latitude 3.0", "ports": []},
)


TABLE: Final = keyed_table(
    "laptops",
    Column("title", String(100), nullable=False),
    Column("model", String(100), nullable=False),
    Column("ports", JSON, nullable=False),
)


class SqlLaptopStore:
    """A `LaptopStore` on SQLite or PostgreSQL, which replicas share."""

    def __init__(self, engine: Engine) -> None:
        self._rows = Rows(engine, TABLE)

    def prepare(self) -> None:
        """Create the table and the article's laptops, unless a replica has done so already."""
        self._rows.prepare(SEED)

    def page(self, *, limit: int, after: int) -> Page[Laptop]:
        """Read a page in the order of ids."""
        page = self._rows.page(limit=limit, after=after)
        return Page([_laptop(row) for row in page.items], page.next_after)

    def get(self, laptop_id: int) -> Laptop:
        """Read one; raise `LaptopNotFoundError`."""
        row = self._rows.get(laptop_id)
        if row is None:
            raise _not_found(laptop_id)
        return _laptop(row)

    def add(self, draft: Draft) -> Laptop:
        """Keep one; raise `LaptopIdTakenError`."""
        try:
            row = self._rows.add(
                draft.id, title=draft.title, model=draft.model, ports=list(draft.ports)
            )
        except KeyTakenError:
            raise LaptopIdTakenError(f"There is a laptop with id {draft.id} already.") from None
        return _laptop(row)

    def remove(self, laptop_id: int) -> None:
        """Forget one; raise `LaptopNotFoundError`."""
        if not self._rows.delete(laptop_id):
            raise _not_found(laptop_id)


def _laptop(row: RowMapping) -> Laptop:
    return Laptop(id=row["id"], title=row["title"], model=row["model"], ports=tuple(row["ports"]))


def _not_found(laptop_id: int) -> LaptopNotFoundError:
    return LaptopNotFoundError(f"There is no laptop with id {laptop_id}.")
