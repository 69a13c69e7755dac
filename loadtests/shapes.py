"""How many users there are at each second of an experiment: pure functions and a thin shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from locust import LoadTestShape

if TYPE_CHECKING:
    from argparse import Namespace

Phase = Literal["warmup", "baseline", "spike", "recovery"]
PHASES: tuple[Phase, ...] = ("warmup", "baseline", "spike", "recovery")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The phases of a spike, in seconds, and the users of the target service in them.

    The warm-up has the baseline's users. It is a phase of its own so that connections, caches and
    first queries do not count as the baseline.
    """

    warmup: float
    baseline: float
    spike: float
    recovery: float
    base_users: int
    spike_users: int

    @classmethod
    def from_options(cls, options: Namespace) -> Plan:
        """Read the plan from Locust's parsed options."""
        return cls(
            warmup=float(options.warmup_seconds),
            baseline=float(options.baseline_seconds),
            spike=float(options.spike_seconds),
            recovery=float(options.recovery_seconds),
            base_users=int(options.base_users),
            spike_users=int(options.spike_users),
        )


def phase_at(plan: Plan, seconds: float) -> Phase | None:
    """Name the phase at `seconds` after the start; None once the plan is over."""
    ends = accumulate((plan.warmup, plan.baseline, plan.spike, plan.recovery))
    return next((phase for phase, end in zip(PHASES, ends, strict=True) if seconds < end), None)


def users_at(plan: Plan, seconds: float) -> int | None:
    """Count the target's users at `seconds` after the start; None once the plan is over."""
    phase = phase_at(plan, seconds)
    if phase is None:
        return None
    return plan.spike_users if phase == "spike" else plan.base_users


class SpikeShape(LoadTestShape):
    """Gives Locust the sum of the control's fixed users and the target's users at this second.

    Locust starts the users of a class with `fixed_count` first and stops them last, so only the
    target's users come and go.
    """

    abstract = True

    def tick(self) -> tuple[int, float] | None:
        """Return the total of users and the users to start or stop in a second; None at the end."""
        if self.runner is None or self.runner.environment.parsed_options is None:
            return None
        options = self.runner.environment.parsed_options
        target = users_at(Plan.from_options(options), self.get_run_time())
        if target is None:
            return None
        return target + int(options.control_users), float(options.users_per_second)
