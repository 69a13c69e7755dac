"""What an autoscaler remembers, and how that holds a recommendation back.

Recommendations are remembered for the stabilisation windows, changes of scale for the scaling
policies. Where there is no `behavior`, Kubernetes applies its older, fixed limits; so does this.
Follows `pkg/controller/podautoscaler/horizontal.go` of Kubernetes 1.34.
"""

from dataclasses import dataclass

from lab.autoscaler.rules import (
    SCALE_DOWN_DEFAULTS,
    Behavior,
    Rules,
    ScaleEvent,
    scale_down_limit,
    scale_up_limit,
)

WITHIN_RANGE = "DesiredWithinRange"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """How many replicas the metrics asked for, and when."""

    replicas: int
    at: float


class History:
    """The memory of one autoscaler. The reasons it gives are the controller's own words."""

    def __init__(self, low: int, high: int, behavior: Behavior | None) -> None:
        self._low, self._high, self._behavior = low, high, behavior
        self._recommended: list[Recommendation] = []
        self._ups: list[ScaleEvent] = []
        self._downs: list[ScaleEvent] = []

    def begin(self, current: int, now: float) -> None:
        """Take the first scale seen as a recommendation: a restart must not shrink anything."""
        if not self._recommended:
            self._recommended.append(Recommendation(current, now))

    def stabilise(self, current: int, wanted: int, now: float) -> tuple[int, str]:
        """Remember a recommendation; return what the windows leave of it, and why (or "")."""
        if self._behavior is None:
            stable, reason = self._highest_recent(wanted, now), "ScaleDownStabilized"
        else:
            stable = self._within_windows(self._behavior, current, wanted, now)
            reason = "ScaleUpStabilized" if wanted >= current else "ScaleDownStabilized"
        self._remember(wanted, now)
        return stable, reason if stable != wanted else ""

    def limit(self, current: int, wanted: int, now: float) -> tuple[int, str]:
        """Return what the policies, the minimum and the maximum leave of `wanted`, and why."""
        if self._behavior is None:
            return self._fixed_limits(current, wanted)
        if wanted > current:
            return self._limit_up(self._behavior.scale_up, current, wanted, now)
        if wanted < current:
            return self._limit_down(self._behavior.scale_down, current, wanted, now)
        return wanted, WITHIN_RANGE

    def scaled(self, before: int, after: int, now: float) -> None:
        """Remember a change that was carried out, for as long as a policy may ask for it."""
        if self._behavior is None:
            return
        if after > before:
            recent = _recent(self._ups, self._behavior.scale_up, now)
            self._ups = [*recent, ScaleEvent(after - before, now)]
        else:
            recent = _recent(self._downs, self._behavior.scale_down, now)
            self._downs = [*recent, ScaleEvent(before - after, now)]

    def _within_windows(self, behavior: Behavior, current: int, wanted: int, now: float) -> int:
        up_start = now - behavior.scale_up.stabilization_seconds
        down_start = now - behavior.scale_down.stabilization_seconds
        lowest = min([wanted, *(r.replicas for r in self._recommended if r.at > up_start)])
        highest = max([wanted, *(r.replicas for r in self._recommended if r.at > down_start)])
        return min(max(current, lowest), highest)

    def _highest_recent(self, wanted: int, now: float) -> int:
        # Without `behavior` the window's first instant counts; with it, it doesn't.
        start = now - SCALE_DOWN_DEFAULTS.stabilization_seconds
        return max([wanted, *(r.replicas for r in self._recommended if r.at >= start)])

    def _remember(self, wanted: int, now: float) -> None:
        start = now - self._longest_window()
        self._recommended = [r for r in self._recommended if r.at >= start]
        self._recommended.append(Recommendation(wanted, now))

    def _longest_window(self) -> int:
        if self._behavior is None:
            return SCALE_DOWN_DEFAULTS.stabilization_seconds
        return max(
            self._behavior.scale_up.stabilization_seconds,
            self._behavior.scale_down.stabilization_seconds,
        )

    def _limit_up(self, rules: Rules, current: int, wanted: int, now: float) -> tuple[int, str]:
        rate = scale_up_limit(current, rules, ups=self._ups, downs=self._downs, now=now)
        most, reason = self._high, "TooManyReplicas"
        if rate < most:
            most, reason = rate, "ScaleUpLimit"
        return (most, reason) if wanted > most else (wanted, WITHIN_RANGE)

    def _limit_down(self, rules: Rules, current: int, wanted: int, now: float) -> tuple[int, str]:
        rate = scale_down_limit(current, rules, ups=self._ups, downs=self._downs, now=now)
        fewest, reason = self._low, "TooFewReplicas"
        if rate > fewest:
            fewest, reason = rate, "ScaleDownLimit"
        return (fewest, reason) if wanted < fewest else (wanted, WITHIN_RANGE)

    def _fixed_limits(self, current: int, wanted: int) -> tuple[int, str]:
        rate = max(2 * current, 4)
        most, reason = self._high, "TooManyReplicas"
        if rate < most:
            most, reason = rate, "ScaleUpLimit"
        if wanted < self._low:
            return self._low, "TooFewReplicas"
        return (most, reason) if wanted > most else (wanted, WITHIN_RANGE)


def _recent(changes: list[ScaleEvent], rules: Rules, now: float) -> list[ScaleEvent]:
    longest = max(policy.period_seconds for policy in rules.policies)
    return [change for change in changes if change.at >= now - longest]
