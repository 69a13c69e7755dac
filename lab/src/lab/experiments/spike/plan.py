"""What an experiment will do: its phases, its users, and the limits it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
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


def quick(plan: Plan) -> Plan:
    """Shorten a plan to what scaling up and back needs; the load stays the same."""
    return Plan(
        target=plan.target, autoscale=plan.autoscale, warmup=3, baseline=15, spike=40, recovery=42
    )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the verdict asks for. Percentages are shares: 0.001 is 0.1 %."""

    scale_factor: float = 3
    """The target's most replicas over its fewest."""

    objective_ms: float = 500
    """The target's p95 at the end of the spike: the latency objective of `docs/slo.md`."""

    error_ratio: float = 0.001
    """The target's failed requests over all of its requests."""

    control_latency_ratio: float = 1.25
    """The control's p95 in the spike over its p95 in the baseline..."""

    control_latency_floor_ms: float = 10
    """...or this much more, whichever is larger: noise of a quiet machine is not a finding."""

    disagreement: float = 0.001
    """The difference between the largest and the smallest count, over the client's."""
