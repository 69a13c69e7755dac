"""What the experiment will do, and the limits it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

from lab.facts import LAPTOPS_WORKER, PORT_WORKER, SERVICES, deployment

TARGET = PORT_WORKER
"""The burst's events are in this worker's queue."""
OTHERS = (*map(deployment, SERVICES), LAPTOPS_WORKER)
"""What must stay as it is: the services that cause and check the events, and the other worker."""
PORT_ID = 1
"""Every laptop of the burst has this port; its count of laptops is where the effects show."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Seconds of each phase, and laptops added a second.

    The burst stays under what scales a service (20 requests a second for a replica) and is three
    times what one worker of the lab can do (5 events a second): so the queue is all that grows.
    """

    baseline: float = 30
    burst: float = 60
    base_rate: float = 2
    burst_rate: float = 16
    recovery: float = 90
    """How long the queue may take to empty and the worker to be one again."""

    @property
    def seconds(self) -> float:
        """How long laptops are added."""
        return self.baseline + self.burst

    def due(self) -> list[float]:
        """Return when each laptop is to be added, in seconds after the begin."""
        slow = [i / self.base_rate for i in range(round(self.baseline * self.base_rate))]
        fast = [i / self.burst_rate for i in range(round(self.burst * self.burst_rate))]
        return slow + [self.baseline + moment for moment in fast]


QUICK = Plan(baseline=10, burst=30)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the verdict asks for."""

    scale_factor: float = 3
    """The worker's most replicas over its fewest."""
    caught_up_seconds: float = 30
    """From the end of the burst until the queue was empty."""
