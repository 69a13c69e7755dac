"""The catalogue of laptops: what it holds, what it refuses. It knows no web, store or telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.paging import Page


@dataclass(frozen=True)
class Draft:
    """A laptop that someone wants in the catalogue; without an id, the catalogue gives one."""

    title: str
    model: str
    ports: tuple[int, ...] = ()
    id: int | None = None


@dataclass(frozen=True)
class Laptop:
    """A laptop in the catalogue; `ports` are ids that the port service knows."""

    id: int
    title: str
    model: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Port:
    """A port, as the port service tells it."""

    id: int
    name: str


@dataclass(frozen=True)
class Missing:
    """What an answer could not tell, and why: `code` is for programs, `detail` for people."""

    code: str
    detail: str
    ports: tuple[int, ...]


class LaptopNotFoundError(Exception):
    """The catalogue has no laptop with this id."""


class LaptopIdTakenError(Exception):
    """Another laptop has this id."""


class UnknownPortsError(Exception):
    """A laptop names ports that the port service does not know."""


class PortsUnavailableError(Exception):
    """The port service could not be asked."""


class LaptopStore(Protocol):
    """Where laptops are kept."""

    def page(self, *, limit: int, after: int) -> Page[Laptop]:
        """Read a page in the order of ids."""

    def get(self, laptop_id: int) -> Laptop:
        """Read one; raise `LaptopNotFoundError`."""

    def add(self, draft: Draft) -> Laptop:
        """Keep one; raise `LaptopIdTakenError`."""

    def remove(self, laptop_id: int) -> None:
        """Forget one; raise `LaptopNotFoundError`."""


class PortDirectory(Protocol):
    """Whoever knows the ports."""

    def find(self, ids: Sequence[int]) -> dict[int, Port]:
        """Return those that exist, by id; raise `PortsUnavailableError`."""


class Catalogue:
    """The catalogue's rules. Listing never asks for ports, so port's troubles stay port's."""

    def __init__(self, store: LaptopStore, ports: PortDirectory) -> None:
        self._store = store
        self._ports = ports

    def page(self, *, limit: int, after: int) -> Page[Laptop]:
        """Read a page in the order of ids."""
        return self._store.page(limit=limit, after=after)

    def get(self, laptop_id: int) -> Laptop:
        """Read one; raise `LaptopNotFoundError`."""
        return self._store.get(laptop_id)

    def remove(self, laptop_id: int) -> None:
        """Forget one; raise `LaptopNotFoundError`."""
        self._store.remove(laptop_id)

    def add(self, draft: Draft) -> tuple[Laptop, list[Missing]]:
        """Take a laptop in. Ports that can't be checked now are taken on trust, and it says so.

        Raises:
            UnknownPortsError: the port service answered, and doesn't know one of them.
            LaptopIdTakenError: the chosen id is in use.

        """
        missing = self._check(draft.ports)
        return self._store.add(draft), missing

    def _check(self, ids: tuple[int, ...]) -> list[Missing]:
        try:
            unknown = self._unknown(ids, self._find(ids))
        except PortsUnavailableError:
            return [Missing("ports_unverified", "The port service could not be asked.", ids)]
        if unknown:
            raise UnknownPortsError(f"There is no port with id {_listed(unknown)}.")
        return []

    def get_with_ports(self, laptop_id: int) -> tuple[Laptop, list[Port], list[Missing]]:
        """Read a laptop and its ports: those that can be told, and what is missing.

        Raises:
            LaptopNotFoundError: the catalogue doesn't hold it.

        """
        laptop = self._store.get(laptop_id)
        try:
            found = self._find(laptop.ports)
        except PortsUnavailableError:
            gap = Missing("ports_unavailable", "The port service could not be asked.", laptop.ports)
            return laptop, [], [gap]
        unknown = self._unknown(laptop.ports, found)
        gaps = (
            [Missing("ports_unknown", "The port service knows no such port.", unknown)]
            if unknown
            else []
        )
        return laptop, [found[i] for i in laptop.ports if i in found], gaps

    def _find(self, ids: tuple[int, ...]) -> dict[int, Port]:
        return self._ports.find(ids) if ids else {}

    @staticmethod
    def _unknown(ids: tuple[int, ...], found: dict[int, Port]) -> tuple[int, ...]:
        return tuple(i for i in ids if i not in found)


def _listed(ids: tuple[int, ...]) -> str:
    return ", ".join(str(i) for i in ids)
