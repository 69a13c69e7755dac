"""What the autoscaler's algorithm takes and gives. Amounts are integers in thousandths.

Kubernetes keeps quantities so, and two engines that are to agree must round alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lab.autoscaler.rules import Behavior


class TargetType(StrEnum):
    """What a metric is compared with: the target for one replica, or for all of them together."""

    AVERAGE_VALUE = "AverageValue"
    VALUE = "Value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """An external metric and its target, in thousandths."""

    name: str
    type: TargetType
    target: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a metric measured, in thousandths; or why there is no measurement."""

    milli: int | None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The part of a HorizontalPodAutoscaler that decides. No behavior: the old fixed limits."""

    min_replicas: int
    max_replicas: int
    metrics: tuple[Metric, ...]
    behavior: Behavior | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the autoscaler sees at one moment.

    `spec_replicas` is the number asked for, `status_replicas` the number that exists and is not
    being stopped, `ready_replicas` those of them that serve. Readings are in the order of the
    spec's metrics. `scale_error` says why the numbers could not be observed.
    """

    spec_replicas: int
    status_replicas: int
    ready_replicas: int
    readings: Sequence[Reading]
    scale_error: str = ""


class ConditionType(StrEnum):
    """The three conditions in a HorizontalPodAutoscaler's status."""

    ABLE_TO_SCALE = "AbleToScale"
    SCALING_ACTIVE = "ScalingActive"
    SCALING_LIMITED = "ScalingLimited"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, with Kubernetes' own reason and message."""

    type: ConditionType
    status: bool
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do and why.

    `recommendation` is what the metrics alone ask for (None: they ask for nothing that can be
    followed); `desired` is what is left of it after stabilisation and limits. `reason` is
    Kubernetes' word for a rescale, or empty. `limited_by` names what held the recommendation
    back, or is empty.
    """

    current: int
    desired: int
    recommendation: int | None = None
    metric: str = ""
    usage: int | None = None
    reason: str = ""
    limited_by: str = ""
    error: str = ""
    conditions: Mapping[ConditionType, Condition] = field(default_factory=dict)

    @property
    def rescale(self) -> bool:
        """Whether the scale should change."""
        return self.desired != self.current
