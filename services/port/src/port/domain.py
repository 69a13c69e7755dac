"""The catalogue of ports: what it holds, what it refuses. It knows no web, store or telemetry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from chassis.paging import Page


@dataclass(frozen=True)
class Draft:
    """A port that someone wants in the catalogue; without an id, the catalogue gives one."""

    name: str
    id: int | None = None


@dataclass(frozen=True)
class Port:
    """A port in the catalogue.

    `laptops` says how many laptops have it, as far as events have told; None when nobody counts.
    """

    id: int
    name: str
    laptops: int | None = None


class PortNotFoundError(Exception):
    """The catalogue has no port with this id."""


class PortIdTakenError(Exception):
    """Another port has this id."""


class PortStore(Protocol):
    """Where ports are kept."""

    def page(self, *, limit: int, after: int, ids: Collection[int] = ()) -> Page[Port]:
        """Read a page in the order of ids; only those in `ids`, if given."""

    def get(self, port_id: int) -> Port:
        """Read one; raise `PortNotFoundError`."""

    def add(self, draft: Draft) -> Port:
        """Keep one; raise `PortIdTakenError`."""

    def remove(self, port_id: int) -> None:
        """Forget one; raise `PortNotFoundError`."""
