"""Every error of the catalogue, and what it is on the wire."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from sqlalchemy.exc import OperationalError

from chassis.problems import STORE_UNAVAILABLE, Kind
from laptops.domain import LaptopIdTakenError, LaptopNotFoundError, UnknownPortsError

PROBLEMS: Final[dict[type[Exception], Kind]] = {
    LaptopNotFoundError: Kind(HTTPStatus.NOT_FOUND, "laptop-not-found", "No such laptop"),
    LaptopIdTakenError: Kind(HTTPStatus.CONFLICT, "laptop-id-taken", "The id is in use"),
    UnknownPortsError: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-ports", "No such port"),
    OperationalError: STORE_UNAVAILABLE,
}
