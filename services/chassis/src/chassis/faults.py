"""Faults for a demonstration, off by default: each of them says what it simulates.

`FAULTS_FILE` names a JSON file that `lab break` writes and `lab fix` empties:

    {"laptops": {"supplier_seconds": 0.8}}

Unset, no fault can be switched on, and nothing of this module is on a request's path.
Probes and metrics are exempt from all but `down`, as they are from the capacity bound.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from chassis.simulation import EXEMPT_PATHS

LOOK_AGAIN_SECONDS = 0.5


class SimulatedFailureError(Exception):
    """Raised in the place of a defect that a share of requests runs into."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with a service right now; the defaults are: nothing."""

    supplier_seconds: float = 0.0
    """The supplier's API is this slow: reads wait for it, in the span `simulated supplier`."""

    error_share: float = 0.0
    """This share of requests runs into a defect and is answered with 500."""

    database_seconds: float = 0.0
    """The database is this slow: every statement takes so much longer, inside its span."""

    down: bool = False
    """A replica that starts never comes to listen, as with a release that is broken."""

    def fails(self, path: str) -> bool:
        """Whether this request runs into the defect."""
        return path not in EXEMPT_PATHS and random.random() < self.error_share  # noqa: S311


NONE = Faults()
_KNOBS = frozenset(field.name for field in fields(Faults))


class FaultSwitch:
    """The faults of one service, read again twice a second at most."""

    def __init__(
        self,
        path: Path | None,
        service: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        remote: Callable[[], Faults] | None = None,
    ) -> None:
        """Look into a file, and where that has nothing ask `remote`, if there is one."""
        self.possible = path is not None or remote is not None
        self._path, self._service, self._clock, self._remote = path, service, clock, remote
        self._faults, self._next_look = NONE, float("-inf")

    def now(self) -> Faults:
        """Return what is switched on; nothing if the file is absent or cannot be read."""
        if self._path is not None and self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_AGAIN_SECONDS
            self._faults = _read(self._path, self._service)
        if self._remote is not None and self._faults == NONE:
            return self._remote()
        return self._faults

    def wait_to_start(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Hold a replica before it listens, for as long as the service is to be down."""
        while self.now().down:
            sleep(LOOK_AGAIN_SECONDS)


def slow_database(engine: Engine, switch: FaultSwitch) -> None:
    """Make statements wait when told to, in the driver's place: inside the statement's span."""
    if not switch.possible:
        return
    dialect = engine.dialect
    run = dialect.do_execute

    def run_slowly(*arguments: Any) -> None:  # noqa: ANN401 (whatever SQLAlchemy passes)
        time.sleep(switch.now().database_seconds)
        run(*arguments)

    dialect.do_execute = run_slowly  # type: ignore[assignment, method-assign]


def _read(path: Path, service: str) -> Faults:
    try:
        knobs = json.loads(path.read_text()).get(service, {})
        return Faults(**{name: value for name, value in knobs.items() if name in _KNOBS})
    except (OSError, ValueError, AttributeError):
        return NONE
