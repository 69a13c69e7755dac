"""Ports in a database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Column, Engine, RowMapping, String

from chassis.paging import Page
from chassis.rows import KeyTakenError, Rows, keyed_table
from port.domain import Draft, Port, PortIdTakenError, PortNotFoundError

SEED: Final = ({"id": 1, "name": "USB-C"}, {"id": 2, "name": "USB-A"})


TABLE: Final = keyed_table("ports", Column("name", String(100), nullable=False))


class SqlPortStore:
    """A `PortStore` on SQLite or PostgreSQL, which replicas share."""

    def __init__(self, engine: Engine) -> None:
        self._rows = Rows(engine, TABLE)

    def prepare(self) -> None:
        """Create the table and the article's ports, unless a replica has done so already."""
        self._rows.prepare(SEED)

    def page(self, *, limit: int, after: int, ids: Collection[int] = ()) -> Page[Port]:
        """Read a page in the order of ids; only those in `ids`, if given."""
        page = self._rows.page(limit=limit, after=after, keys=ids)
        return Page([_port(row) for row in page.items], page.next_after)

    def get(self, port_id: int) -> Port:
        """Read one; raise `PortNotFoundError`."""
        row = self._rows.get(port_id)
        if row is None:
            raise _not_found(port_id)
        return _port(row)

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


def _port(row: RowMapping) -> Port:
    return Port(id=row["id"], name=row["name"])


def _not_found(port_id: int) -> PortNotFoundError:
    return PortNotFoundError(f"There is no port with id {port_id}.")
