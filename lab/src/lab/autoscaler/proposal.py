"""From readings to a proposed number of replicas.

Follows `replica_calculator.go` and `computeReplicasForMetrics` of Kubernetes 1.34. Only external
metrics are implemented, because those are what KEDA makes.
"""

import math
from dataclasses import dataclass, replace

from lab.autoscaler.model import Metric, Observation, Spec, TargetType
from lab.autoscaler.rules import Behavior

DEFAULT_TOLERANCE = 0.1
"""`--horizontal-pod-autoscaler-tolerance`: a ratio this close to 1 changes nothing."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far the ratio of usage to target may lie under and over 1 without a change."""

    down: float = DEFAULT_TOLERANCE
    up: float = DEFAULT_TOLERANCE

    @classmethod
    def of(cls, behavior: Behavior | None) -> "Tolerances":
        """Return the default for each side, unless the behavior sets that side's own."""
        if behavior is None:
            return cls()
        down, up = behavior.scale_down.tolerance, behavior.scale_up.tolerance
        return cls(
            down=DEFAULT_TOLERANCE if down is None else down,
            up=DEFAULT_TOLERANCE if up is None else up,
        )

    def include(self, ratio: float) -> bool:
        """Return whether a ratio is close enough to 1; both ends belong to the range."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


def replicas_for(metric: Metric, usage: int, seen: Observation, tolerances: Tolerances) -> int:
    """Return how many replicas one metric asks for, before any limit."""
    if metric.type is TargetType.AVERAGE_VALUE:
        return _for_average_value(metric.target, usage, seen.status_replicas, tolerances)
    return _for_value(metric.target, usage, seen, tolerances)


def _for_average_value(target: int, usage: int, replicas: int, tolerances: Tolerances) -> int:
    if replicas and tolerances.include(usage / (target * replicas)):
        return replicas
    return math.ceil(usage / target)


def _for_value(target: int, usage: int, seen: Observation, tolerances: Tolerances) -> int:
    ratio = usage / target
    if seen.spec_replicas == 0:
        return math.ceil(ratio)
    if tolerances.include(ratio):
        return seen.spec_replicas
    return math.ceil(ratio * seen.ready_replicas)


@dataclass(frozen=True, slots=True)
class Proposal:
    """How many replicas the most demanding metric asks for, and what it measured.

    `error` tells of the metrics that could not be read beside it.
    """

    replicas: int
    metric: str
    usage: int
    error: str = ""


class NoUsableMetricError(Exception):
    """The readings justify no change."""


def propose(spec: Spec, seen: Observation) -> Proposal:
    """Return the largest of the metrics' proposals.

    Raises NoUsableMetricError if every metric is invalid, or if some are and the others would
    scale down: a metric that is missing may be the one that needs the replicas.
    """
    tolerances = Tolerances.of(spec.behavior)
    proposals = [
        Proposal(replicas_for(metric, reading.milli, seen, tolerances), metric.name, reading.milli)
        for metric, reading in zip(spec.metrics, seen.readings, strict=True)
        if reading.milli is not None
    ]
    error = _invalid(seen)
    best = max(proposals, key=lambda proposal: proposal.replicas, default=None)
    if best is None or (error and best.replicas < seen.spec_replicas):
        raise NoUsableMetricError(error)
    return replace(best, error=error)


def _invalid(seen: Observation) -> str:
    errors = [reading.error for reading in seen.readings if reading.milli is None]
    if not errors:
        return ""
    count = f"{len(errors)} invalid out of {len(seen.readings)}"
    return f"invalid metrics ({count}), first error is: {errors[0]}"
