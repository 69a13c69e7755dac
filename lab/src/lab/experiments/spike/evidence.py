"""All that a verdict rests on: what was planned, logged and sampled. No figure is judged here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.experiments.spike.clientlog import ClientLog
from lab.experiments.spike.durations import Timings
from lab.experiments.spike.machine import Moment
from lab.experiments.spike.plan import PHASES, Phase, Plan
from lab.experiments.spike.replicas import Seen
from lab.experiments.spike.verdict import Counts
from lab.facts import Service

SETTLING_SECONDS = 10.0
"""A scrape and a flush after the load's end, everything has been counted."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One run. The log must have its first phase; all else may be missing, and then checks fail."""

    plan: Plan
    log: ClientLog
    replicas: Mapping[Service, Seen]
    agreement: Sequence[Counts]
    timings: Mapping[Service, Timings]
    moments: Sequence[Moment] = ()
    """What the machine did meanwhile."""
    busy_before_percent: float | None = None
    """How busy the machine was when the load began all the same; None: it was calm."""

    @property
    def began(self) -> float:
        """When the load began, in seconds since the epoch."""
        return self.log.phases["warmup"]

    @property
    def phases(self) -> dict[str, float]:
        """When each phase began: as Locust said, or as planned if it did not get so far."""
        planned = {phase: self.began + after for phase, after in self.plan.starts.items()}
        return planned | self.log.phases

    @property
    def ended(self) -> float:
        """When the last phase ended, in seconds since the epoch."""
        return self.phases["end"]

    def bounds(self, phase: Phase) -> tuple[float, float]:
        """Return the begin and the end of a phase."""
        order = [*PHASES, "end"]
        following = order[order.index(phase) + 1]
        return self.phases[phase], self.phases[following]
