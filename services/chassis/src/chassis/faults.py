"""Faults for a demonstration, off by default: each of them says what it simulates.

`FAULTS_FILE` names a JSON file that `lab break` writes and `lab fix` empties:

    {"laptops": {"supplier_seconds": 0.8}}

Unset, no fault can be switched on, and nothing of this module is on a request's path.
Probes and metrics are exempt from all but `down`, as they are from the capacity bound.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Engine

from chassis.simulation import EXEMPT_PATHS

LOG = logging.getLogger("chassis.faults")
LOOK_AGAIN_SECONDS = 0.5


Seconds = Annotated[float, Field(ge=0, le=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class SimulatedFailureError(Exception):
    """Raised in the place of a defect that a share of requests runs into."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with a service right now; the defaults are: nothing."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    supplier_seconds: Seconds = 0.0
    """The supplier's API is this slow: reads wait for it, in the span `simulated supplier`."""

    error_share: Share = 0.0
    """This share of requests runs into a defect and is answered with 500."""

    database_seconds: Seconds = 0.0
    """The database is this slow: every statement takes so much longer, inside its span."""

    down: bool = False
    """A replica that starts never comes to listen, as with a release that is broken."""

    def fails(self, path: str) -> bool:
        """Whether this request runs into the defect."""
        return path not in EXEMPT_PATHS and random.random() < self.error_share  # noqa: S311


NONE = Faults()
_FAULTS = TypeAdapter(Faults)


def read_faults(settings: object) -> Faults:
    """Read one service's faults. Raises `ValueError`, a sentence, for what no fault is."""
    try:
        return _FAULTS.validate_python(settings)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where or 'Faults'} is refused: {first['msg']}.") from None


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
        self._refused = ""

    def now(self) -> Faults:
        """Return what is switched on; nothing if the file is absent or cannot be followed."""
        if self._path is not None and self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_AGAIN_SECONDS
            self._faults = self._read(self._path)
        if self._remote is not None and self._faults == NONE:
            return self._remote()
        return self._faults

    def _read(self, path: Path) -> Faults:
        """Return what the file says; a file that cannot be followed is no fault, but a warning."""
        try:
            return read_faults(json.loads(path.read_text()).get(self._service, {}))
        except OSError:
            return NONE
        except (ValueError, AttributeError) as error:
            if str(error) != self._refused:
                self._refused = str(error)
                LOG.warning("The faults in %s are not followed: %s", path, error)
            return NONE

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
