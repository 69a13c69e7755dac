"""What the clients saw: the log that the load test writes, read while it grows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `sent` in seconds since the epoch, status 0 when no answer came.

    `due` is when it should have been sent; None for one that was on no timetable.
    """

    sent: float
    due: float | None
    service: str
    method: str
    name: str
    status: int
    latency_ms: float
    trace_id: str
    error: str | None

    @property
    def ended(self) -> float:
        """When the answer had arrived, in seconds since the epoch."""
        return self.sent + self.latency_ms / 1000


@dataclass(frozen=True, slots=True)
class Missed:
    """A request that was due and never sent: its user was busy until `ended`."""

    due: float
    ended: float
    service: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One request as its user's timetable has it, sent or not."""

    due: float
    ended: float
    served: bool
    """Whether it was sent and got the answer it asked for."""

    @property
    def latency_ms(self) -> float:
        """How long the user waited from when it was due: for its answer, or in vain."""
        return 1000 * (self.ended - self.due)


@dataclass(frozen=True, slots=True)
class Users:
    """How many users of each service there were at one moment, and how late Locust was."""

    time: float
    counts: dict[str, int]
    late_ms: float


@dataclass
class ClientLog:
    """Everything read so far, in the order it was written."""

    requests: list[Request] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    users: list[Users] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)
    """When each phase began, in seconds since the epoch; `end` is the end of the last."""

    def add(self, line: dict[str, Any]) -> None:
        """Take in one line of the log; a kind that is not known is left out."""
        match line["kind"]:
            case "request":
                self.requests.append(_request(line))
            case "missed":
                self.missed.append(Missed(line["due"], line["time"], line["service"]))
            case "users":
                counts = _by_service(line["users"])
                self.users.append(Users(line["time"], counts, line["late_ms"]))
            case "phase":
                self.phases[line["phase"]] = line["time"]

    def of(self, service: str) -> list[Request]:
        """Return the requests sent to one service."""
        return [request for request in self.requests if request.service == service]

    def slots(self, service: str) -> list[Slot]:
        """Return all that was due to one service, sent or not, in the order of its due times."""
        sent = [
            Slot(request.due, request.ended, request.error is None)
            for request in self.of(service)
            if request.due is not None
        ]
        missed = [Slot(m.due, m.ended, False) for m in self.missed if m.service == service]
        return sorted(sent + missed, key=lambda slot: slot.due)


class Tail:
    """Reads what was added to a log since the last time, whole lines only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.log = ClientLog()

    def read(self) -> ClientLog:
        """Return the log with all that has been written by now; an absent file is an empty log."""
        if not self._path.exists():
            return self.log
        with self._path.open("rb") as file:
            file.seek(self._offset)
            written = file.read()
        complete, newline, _ = written.rpartition(b"\n")
        self._offset += len(complete) + len(newline)
        for line in complete.splitlines():
            self.log.add(json.loads(line))
        return self.log


def _request(line: dict[str, Any]) -> Request:
    return Request(
        sent=line["time"],
        due=line["due"],
        service=line["service"],
        method=line["method"],
        name=line["name"],
        status=line["status"],
        latency_ms=line["latency_ms"],
        trace_id=line["trace_id"],
        error=line["error"],
    )


def _by_service(users: dict[str, int]) -> dict[str, int]:
    """Name users by the service they ask: LaptopsUser asks laptops."""
    return {name.removesuffix("User").lower(): count for name, count in users.items()}
