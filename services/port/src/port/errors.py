"""Every error of the catalogue, and what it is on the wire."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from sqlalchemy.exc import OperationalError

from chassis.problems import STORE_UNAVAILABLE, Kind
from port.domain import PortIdTakenError, PortNotFoundError

PROBLEMS: Final[dict[type[Exception], Kind]] = {
    PortNotFoundError: Kind(HTTPStatus.NOT_FOUND, "port-not-found", "No such port"),
    PortIdTakenError: Kind(HTTPStatus.CONFLICT, "port-id-taken", "The id is in use"),
    OperationalError: STORE_UNAVAILABLE,
}
