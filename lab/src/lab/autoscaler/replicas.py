"""The replicas of a service, as slots of the supervisor, and which of them to start or to stop.

Replica i of `laptops` is the supervised process `laptops-i`. Its slot is free, or a replica lives
in it, or one is leaving it: stopping, still answering, and not to be counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.processes.supervisor import State


class Phase(StrEnum):
    """What a slot holds."""

    FREE = "free"
    LIVE = "live"
    LEAVING = "leaving"


_FREE = frozenset({"Disabled", "Completed", "Skipped", "Error"})


@dataclass(frozen=True, slots=True)
class Replica:
    """One slot. `running`: a process exists and may be scraped; `ready`: it takes requests."""

    index: int
    phase: Phase
    running: bool
    ready: bool


def replicas_of(service: str, states: Mapping[str, State]) -> list[Replica]:
    """Return the slots of a service in order."""
    pattern = re.compile(rf"{re.escape(service)}-(\d+)")
    matches = ((pattern.fullmatch(name), state) for name, state in states.items())
    replicas = [_replica(int(match[1]), state) for match, state in matches if match]
    return sorted(replicas, key=lambda replica: replica.index)


def _replica(index: int, state: State) -> Replica:
    leaving, free = state.status == "Terminating", state.status in _FREE
    phase = Phase.LEAVING if leaving else Phase.FREE if free else Phase.LIVE
    running = state.running or leaving
    return Replica(index, phase, running=running, ready=state.running and state.ready)


def live(replicas: Iterable[Replica]) -> list[Replica]:
    """Return those that count as replicas."""
    return [replica for replica in replicas if replica.phase is Phase.LIVE]


def to_start(replicas: Sequence[Replica], wanted: int) -> list[int]:
    """Return the slots to fill, lowest first; a slot that is still being left is not free."""
    free = [replica.index for replica in replicas if replica.phase is Phase.FREE]
    return free[: max(wanted - len(live(replicas)), 0)]


def to_stop(replicas: Sequence[Replica], wanted: int) -> list[int]:
    """Return the slots to empty: those that are not ready first, then the highest."""
    order = sorted(live(replicas), key=lambda replica: (replica.ready, -replica.index))
    return [replica.index for replica in order[: max(len(order) - wanted, 0)]]
