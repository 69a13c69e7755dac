"""What an experiment will do: its phases, its users, and the limits it is judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lab.facts import Service

Phase = Literal["baseline", "spike", "recovery"]
PHASES: tuple[Phase, ...] = ("baseline", "spike", "recovery")


def other(service: Service) -> Service:
    """Return the control of a target."""
    return "port" if service == "laptops" else "laptops"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Seconds of each phase and users of each group. A user offers one request a second."""

    target: Service = "laptops"
    autoscale: bool = True
    warmup: float = 5
    baseline: float = 35
    spike: float = 75
    recovery: float = 65
    base_users: int = 10
    spike_users: int = 100
    control_users: int = 10
    users_per_second: float = 20

    @property
    def control(self) -> Service:
        """The service whose load does not change."""
        return other(self.target)

    @property
    def seconds(self) -> float:
        """How long the load lasts."""
        return self.warmup + self.baseline + self.spike + self.recovery

    @property
    def starts(self) -> dict[str, float]:
        """When each phase begins, in seconds after the begin of the load; `end` is its end."""
        baseline = self.warmup
        spike = baseline + self.baseline
        recovery = spike + self.spike
        return {
            "warmup": 0.0,
            "baseline": baseline,
            "spike": spike,
            "recovery": recovery,
            "end": recovery + self.recovery,
        }

    def due(self, service: Service, phase: Phase) -> float:
        """Return how many requests are due in a phase, by the plan alone.

        Users that join need their time to start, and half a period until their first slot.
        """
        seconds: float = getattr(self, phase)
        if service == self.control:
            return self.control_users * seconds
        if phase != "spike":
            return self.base_users * seconds
        joining = self.spike_users - self.base_users
        return self.spike_users * seconds - joining * (joining / self.users_per_second + 1) / 2


def quick(plan: Plan) -> Plan:
    """Shorten a plan to what scaling up and back needs; the load stays the same."""
    return replace(plan, warmup=3, baseline=15, spike=40, recovery=42)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the verdict asks for. All are absolute: no measurement makes another's limit wider."""

    offered_percent: float = 95
    """What was due, of what the plan says, in every phase: users start when Locust gets to it."""

    lateness_ms: float = 500
    """By how much Locust itself may wake late: half a period."""

    scale_factor: float = 3
    """The target's most replicas over its fewest."""

    objective_ms: float = 500
    """The target's p95 at the end of the spike: the latency objective of `docs/slo.md`."""

    error_percent: float = 0.1
    """The target's failed requests, of all of its requests."""

    target_served_percent: float = 99
    """The target's served requests, of those due, whenever it is not being scaled up."""

    target_worst_ms: float = 7000
    """A little over the longest that a healthy target's queue gets before replicas are there."""

    baseline_requests: int = 100
    """The control's served requests in the baseline: with fewer there is nothing to compare."""

    control_served_percent: float = 99.5
    """The control's served requests, of those due, in every phase."""

    control_p50_ms: float = 225
    """The simulated supplier's 200 ms, which nine of ten requests wait for, and 25 more."""

    control_p95_ms: float = 350
    control_p99_ms: float = 500
    control_worst_ms: float = 1000

    control_own_ms: float = 20
    """What the control's own work may take, the simulated supplier left out; it takes about 5."""

    durations_ms: float = 20
    """By how much the gateway's mean duration may exceed the service's own."""

    sample_gap_seconds: float = 8
    """The longest time without a sample of a replica count; one is taken each second."""
