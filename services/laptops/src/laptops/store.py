"""Laptops in a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Insert,
    RowMapping,
    String,
    cast,
    select,
    update,
)

from chassis.paging import Page
from chassis.rows import KeyTakenError, Rows, keyed_table
from events import METADATA, Event, LaptopAdded, LaptopRemoved, PortRetired
from laptops.domain import Draft, Laptop, LaptopIdTakenError, LaptopNotFoundError

Record = Callable[[Event], Insert]

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

    def __init__(self, engine: Engine, record: Record | None = None) -> None:
        """Make a store; with `record`, what is added or removed is an event of the same moment."""
        if record is None:
            self._rows = Rows(engine, TABLE)
            return
        self._rows = Rows(
            engine,
            TABLE,
            added=lambda connection, row: connection.execute(record(_as(LaptopAdded, row))),
            deleted=lambda connection, row: connection.execute(record(_as(LaptopRemoved, row))),
        )

    def prepare(self) -> None:
        """Create the tables and the article's laptops, unless a replica has done so already."""
        self._rows.prepare(SEED, beside=METADATA.sorted_tables)

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


def drop_port(connection: Connection, retired: PortRetired) -> None:
    """Take a port that is no more out of every laptop that names it."""
    # The text finds candidates, 12 for 2 among them; the list decides.
    names_it = cast(TABLE.c.ports, String).contains(str(retired.port_id))
    found = connection.execute(select(TABLE.c.id, TABLE.c.ports).where(names_it).with_for_update())
    for row in found.mappings().all():
        left = [port for port in row["ports"] if port != retired.port_id]
        connection.execute(update(TABLE).where(TABLE.c.id == row["id"]).values(ports=left))


def _as(event: type[LaptopAdded | LaptopRemoved], row: RowMapping) -> LaptopAdded | LaptopRemoved:
    return event(laptop_id=row["id"], port_ids=tuple(row["ports"]))


def _laptop(row: RowMapping) -> Laptop:
    return Laptop(id=row["id"], title=row["title"], model=row["model"], ports=tuple(row["ports"]))


def _not_found(laptop_id: int) -> LaptopNotFoundError:
    return LaptopNotFoundError(f"There is no laptop with id {laptop_id}.")
