"""What runs the lab's processes and can be asked about them: process-compose, or Docker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class State:
    """What the supervisor knows about one process."""

    name: str
    status: str
    ready: bool
    restarts: int
    exit_code: int
    pid: int

    @property
    def running(self) -> bool:
        """Whether a process exists for it, ready or not."""
        return self.status in {"Running", "Launched", "Launching", "Foreground"}

    @property
    def ended(self) -> bool:
        """Whether it ran and is gone, or is being started again after it failed."""
        return self.status in {"Completed", "Error", "Skipped", "Restarting"} or self.restarts > 0


class Supervisor(Protocol):
    """Runs processes by name. Each call may raise httpx.HTTPError."""

    def states(self) -> Mapping[str, State]:
        """Return every process by name, those that were never started included."""

    def start(self, name: str) -> None:
        """Start a process that does not run."""

    def stop(self, name: str) -> None:
        """Stop a process and wait until it is gone."""
