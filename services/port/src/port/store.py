"""Ports in a database."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Insert,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    delete,
    select,
    text,
)

from chassis.database import Key
from chassis.paging import Page
from chassis.rows import Also, KeyTakenError, Rows, keyed_table
from events import METADATA, Event, LaptopAdded, LaptopRemoved, PortRetired
from port.domain import Draft, Port, PortIdTakenError, PortNotFoundError

Record = Callable[[Event], Insert]

SEED: Final = ({"id": 1, "name": "USB-C"}, {"id": 2, "name": "USB-A"})


TABLE: Final = keyed_table("ports", Column("name", String(100), nullable=False))
COUNTS: Final = Table(
    "laptop_counts",
    MetaData(),
    Column("port_id", Key, primary_key=True, autoincrement=False),
    Column("laptops", Integer, nullable=False),
)
"""How many laptops have a port, as far as the events tell that have arrived."""


class SqlPortStore:
    """A `PortStore` on SQLite or PostgreSQL, which replicas share."""

    def __init__(self, engine: Engine, record: Record | None = None) -> None:
        """Make a store; with `record` a port that goes is an event, and laptops are counted."""
        self._engine, self._counts = engine, record is not None
        self._rows = Rows(engine, TABLE, deleted=_retire(record) if record else None)

    def prepare(self) -> None:
        """Create the tables and the article's ports, unless a replica has done so already."""
        self._rows.prepare(SEED, beside=[*METADATA.sorted_tables, COUNTS])

    def page(self, *, limit: int, after: int, ids: Collection[int] = ()) -> Page[Port]:
        """Read a page in the order of ids; only those in `ids`, if given."""
        page = self._rows.page(limit=limit, after=after, keys=ids)
        return Page([_port(row) for row in page.items], page.next_after)

    def get(self, port_id: int) -> Port:
        """Read one; raise `PortNotFoundError`."""
        row = self._rows.get(port_id)
        if row is None:
            raise _not_found(port_id)
        return _port(row, laptops=self._count(port_id) if self._counts else None)

    def _count(self, port_id: int) -> int:
        with self._engine.connect() as connection:
            query = select(COUNTS.c.laptops).where(COUNTS.c.port_id == port_id)
            return max(0, connection.scalar(query) or 0)

    def add(self, draft: Draft) -> Port:
        """Keep one; raise `PortIdTakenError`."""
        try:
            return _port(self._rows.add(draft.id, name=draft.name))
        except KeyTakenError:
            raise PortIdTakenError(f"There is a port with id {draft.id} already.") from None

    def remove(self, port_id: int) -> None:
        """Forget one; raise `PortNotFoundError`."""
        if not self._rows.delete(port_id):
            raise _not_found(port_id)


def count_added(connection: Connection, added: LaptopAdded) -> None:
    """Count a laptop with each of its ports."""
    _count(connection, added.port_ids, 1)


def count_removed(connection: Connection, removed: LaptopRemoved) -> None:
    """Count a laptop no longer. Counts commute, so it may come before the laptop was added."""
    _count(connection, removed.port_ids, -1)


def _count(connection: Connection, port_ids: Collection[int], change: int) -> None:
    """Change the counts of those ports that still are."""
    for port_id in set(port_ids):
        connection.execute(_CHANGE, {"port_id": port_id, "change": change})


# SQLite and PostgreSQL agree on this; SQLAlchemy would have a construct for each.
_CHANGE = text(
    "INSERT INTO laptop_counts (port_id, laptops) "
    "SELECT id, CAST(:change AS INTEGER) FROM ports WHERE id = :port_id "
    "ON CONFLICT (port_id) DO UPDATE SET laptops = laptop_counts.laptops + excluded.laptops"
)


def _retire(record: Record) -> Also:
    def retire(connection: Connection, row: RowMapping) -> None:
        connection.execute(delete(COUNTS).where(COUNTS.c.port_id == row["id"]))
        connection.execute(record(PortRetired(port_id=row["id"], name=row["name"])))

    return retire


def _port(row: RowMapping, laptops: int | None = None) -> Port:
    return Port(id=row["id"], name=row["name"], laptops=laptops)


def _not_found(port_id: int) -> PortNotFoundError:
    return PortNotFoundError(f"There is no port with id {port_id}.")
