"""Switch faults on and off in a running stack.

What is on stands in one file of the stack, which the services read (`FAULTS_FILE`); so a fault ends
with its stack at the latest.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chassis.faults import read_faults
from lab import stack
from lab.errors import LabError
from lab.faults.catalog import FAULTS, Fault, Knobs, named
from lab.processes.process_compose import ProcessCompose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lab.processes.supervisor import Supervisor


@dataclass(frozen=True)
class Switch:
    """The faults of one stack."""

    file: Path
    processes: Supervisor

    def on(self) -> list[str]:
        """Name the faults that are on."""
        try:
            return list(json.loads(self.file.read_text())["faults"])
        except (OSError, ValueError, KeyError):
            return []

    def break_(self, name: str) -> Fault:
        """Switch a fault on; LabError when there is none of that name."""
        fault = named(name)
        self._write(dict.fromkeys([*self.on(), name]))
        for process in [*fault.stops, *self._replicas(fault)]:
            self.processes.stop(process)
        return fault

    def fix(self, name: str = "") -> list[str]:
        """Switch one fault off, or all; return those that were on."""
        ended = [each for each in self.on() if name in {"", each}]
        self._write(each for each in self.on() if each not in ended)
        states = self.processes.states()
        for process in (process for each in ended for process in FAULTS[each].stops):
            if not states[process].running:
                self.processes.start(process)
        return ended

    def _replicas(self, fault: Fault) -> list[str]:
        if not fault.restarts:
            return []
        states = self.processes.states().values()
        return [s.name for s in states if s.running and s.name.startswith(f"{fault.service}-")]

    def _write(self, names: Iterable[str]) -> None:
        names = list(names)
        services: dict[str, Knobs] = {}
        for fault in map(named, names):
            if fault.service:
                services.setdefault(fault.service, {}).update(_known(fault))
        written = self.file.with_suffix(".new")
        written.write_text(json.dumps({"faults": names, **services}, indent=2))
        written.replace(self.file)


def _known(fault: Fault) -> Knobs:
    """Return what a fault tells its service. Raises LabError for what no service knows."""
    try:
        read_faults(fault.knobs)
    except ValueError as error:
        raise LabError(f"The fault {fault.name} cannot be switched on: {error}") from None
    return fault.knobs


@contextmanager
def opened() -> Iterator[Switch]:
    """Give the running stack's switch; LabError when no stack runs."""
    running = stack.find_running()
    if running is None:
        raise LabError("No stack runs, so there is nothing to break. Start one with `lab up`.")
    with ProcessCompose(running.layout.socket) as supervisor:
        yield Switch(running.layout.faults, supervisor)
