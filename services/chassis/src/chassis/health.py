"""Probes: whether the process is alive, and whether it should get requests."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import open_engine
from chassis.lifecycle import Lifecycle

LIVE = "/healthz"
READY = "/readyz"


class Readiness:
    """Decides `/readyz`. Liveness has nothing to decide: a process that answers is alive.

    The store is asked over a connection of its own, which telemetry doesn't see and busy requests
    don't hold.
    """

    def __init__(self, lifecycle: Lifecycle, ask_store: Callable[[], bool]) -> None:
        self._lifecycle = lifecycle
        self._ask_store = ask_store

    def check(self) -> tuple[HTTPStatus, dict[str, str]]:
        """Return the status and body of the answer."""
        if self._lifecycle.draining:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "draining"}
        if not self._ask_store():
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "store unavailable"}
        return HTTPStatus.OK, {"status": "ready"}


def store_probe(url: str) -> Callable[[], bool]:
    """Make a check of whether the store answers."""
    engine = open_engine(url, pool_size=1)
    return lambda: _answers(engine)


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
