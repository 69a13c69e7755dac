"""KEDA's ScaledObject (`keda.sh/v1alpha1`), as far as the lab implements it.

On a cluster KEDA turns the same file into a HorizontalPodAutoscaler. What this module accepts means
the same there; what the lab cannot honour is refused by name, never ignored. The one exception is
`serverAddress`, which names the cluster's Prometheus: the lab asks its own.
"""

import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from lab.autoscaler.model import Metric, Spec, TargetType
from lab.autoscaler.rules import (
    SCALE_DOWN_DEFAULTS,
    SCALE_UP_DEFAULTS,
    Behavior,
    Policy,
    PolicyType,
    Rules,
    Select,
)
from lab.errors import LabError

NOT_IMPLEMENTED = frozenset(
    {
        "annotations",
        "authModes",
        "authenticationRef",
        "awsRegion",
        "customHeaders",
        "envSourceContainerName",
        "identityOwner",
        "idleReplicaCount",
        "initialCooldownPeriod",
        "namespace",
        "queryParameters",
        "restoreToOriginalReplicaCount",
        "scalingModifiers",
        "timeout",
        "unsafeSsl",
        "useCachedMetrics",
    }
)
"""Fields that KEDA 2.19 knows and the lab does not; the name alone tells them apart."""


class PolicyError(LabError):
    """A ScaledObject cannot be followed; the text names the file and the field."""


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True
    )


_QUANTITY = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<milli>m?)")


def _quantity(value: object) -> float:
    """Read a Kubernetes quantity, as far as a tolerance needs one: `0.05`, `50m`, 1."""
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        raise ValueError("is not a quantity such as 0.05 or 50m")
    return float(match["number"]) / (1000 if match["milli"] else 1)


def _number(value: object) -> float:
    if not isinstance(value, str):
        raise ValueError("must be a string, as every value in a trigger's metadata")  # noqa: TRY004
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _flag(value: object) -> bool:
    if value in {"1", "t", "T", "true", "TRUE", "True"}:
        return True
    if value in {"0", "f", "F", "false", "FALSE", "False"}:
        return False
    raise ValueError('must be the string "true" or "false"')


def _positive(value: float) -> float:
    if value < 0.001:
        raise ValueError("must be 0.001 or more, the finest amount that Kubernetes keeps")
    return value


Quantity = Annotated[float, BeforeValidator(_quantity)]
Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Enumerated = Field(strict=False)


class ScalingPolicy(_Model):
    """One entry of `policies`."""

    type: Annotated[PolicyType, Enumerated]
    value: Annotated[int, Field(gt=0)]
    period_seconds: Annotated[int, Field(gt=0, le=1800)]


class ScalingRules(_Model):
    """`behavior.scaleUp` or `behavior.scaleDown`; what is unset gets Kubernetes' default."""

    stabilization_window_seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    select_policy: Annotated[Select, Enumerated] | None = None
    policies: Annotated[list[ScalingPolicy], Field(min_length=1)] | None = None
    tolerance: Quantity | None = None

    def over(self, defaults: Rules) -> Rules:
        """Fill what is unset from `defaults`."""
        window, policies = self.stabilization_window_seconds, defaults.policies
        if self.policies is not None:
            policies = tuple(Policy(p.type, p.value, p.period_seconds) for p in self.policies)
        return Rules(
            stabilization_seconds=defaults.stabilization_seconds if window is None else window,
            policies=policies,
            select=self.select_policy or defaults.select,
            tolerance=self.tolerance,
        )


class ScalingBehavior(_Model):
    """`behavior` of a HorizontalPodAutoscaler."""

    scale_up: ScalingRules = ScalingRules()
    scale_down: ScalingRules = ScalingRules()

    def resolved(self) -> Behavior:
        """Fill in every default."""
        return Behavior(
            scale_up=self.scale_up.over(SCALE_UP_DEFAULTS),
            scale_down=self.scale_down.over(SCALE_DOWN_DEFAULTS),
        )


class AutoscalerConfig(_Model):
    """`advanced.horizontalPodAutoscalerConfig`."""

    name: str | None = None
    behavior: ScalingBehavior | None = None


class Advanced(_Model):
    """`advanced`."""

    horizontal_pod_autoscaler_config: AutoscalerConfig = AutoscalerConfig()


class TriggerMetadata(_Model):
    """`metadata` of a prometheus trigger; KEDA has every value as a string."""

    server_address: str
    query: Annotated[str, Field(min_length=1)]
    threshold: Annotated[Number, AfterValidator(_positive)]
    activation_threshold: Number = 0.0
    ignore_null_values: Flag = True


class Trigger(_Model):
    """One trigger. KEDA makes an external metric of it."""

    type: Literal["prometheus"]
    name: str | None = None
    metric_type: Annotated[TargetType, Enumerated] = TargetType.AVERAGE_VALUE
    metadata: TriggerMetadata


class Fallback(_Model):
    """What a trigger's value becomes once it has failed more than `failure_threshold` times."""

    failure_threshold: Annotated[int, Field(ge=0)]
    replicas: Annotated[int, Field(ge=0)]
    behavior: Literal[
        "static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"
    ] = "static"


class ScaleTarget(_Model):
    """What is scaled."""

    name: str
    api_version: Literal["apps/v1"] = "apps/v1"
    kind: Literal["Deployment"] = "Deployment"


class ScaledObjectSpec(_Model):
    """`spec`. Polling and cooldown govern KEDA's scaling from and to zero, so not the lab."""

    scale_target_ref: ScaleTarget
    min_replica_count: Annotated[int, Field(ge=1)] = 1
    max_replica_count: Annotated[int, Field(ge=1)] = 100
    polling_interval: Annotated[int, Field(gt=0)] = 30
    cooldown_period: Annotated[int, Field(ge=0)] = 300
    advanced: Advanced = Advanced()
    triggers: Annotated[list[Trigger], Field(min_length=1)]
    fallback: Fallback | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "ScaledObjectSpec":
        if self.max_replica_count < self.min_replica_count:
            raise ValueError("maxReplicaCount must not be less than minReplicaCount")
        return self


class ObjectMeta(_Model):
    """`metadata`. Annotations can pause KEDA, so an unknown one is refused too."""

    name: str
    labels: dict[str, str] = {}


class ScaledObject(_Model):
    """One service's scaling policy."""

    api_version: Literal["keda.sh/v1alpha1"]
    kind: Literal["ScaledObject"]
    metadata: ObjectMeta
    spec: ScaledObjectSpec

    @property
    def service(self) -> str:
        """The service's name in the lab: the object's own."""
        return self.metadata.name

    @property
    def autoscaler_name(self) -> str:
        """The name that KEDA gives to the HorizontalPodAutoscaler."""
        name = self.spec.advanced.horizontal_pod_autoscaler_config.name
        return name or f"keda-hpa-{self.metadata.name}"

    def autoscaler(self) -> Spec:
        """Make the HorizontalPodAutoscaler that KEDA would make."""
        behavior = self.spec.advanced.horizontal_pod_autoscaler_config.behavior
        return Spec(
            min_replicas=self.spec.min_replica_count,
            max_replicas=self.spec.max_replica_count,
            metrics=tuple(_metric(i, trigger) for i, trigger in enumerate(self.spec.triggers)),
            behavior=behavior.resolved() if behavior else None,
        )


def _metric(index: int, trigger: Trigger) -> Metric:
    milli = int(trigger.metadata.threshold * 1000)
    return Metric(name=f"s{index}-prometheus", type=trigger.metric_type, target=milli)


def load(path: Path) -> ScaledObject:
    """Read a policy. Raises PolicyError, which names the file and each field that is wrong."""
    try:
        return ScaledObject.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(
            f"{path}: the scaling policy cannot be read: {error.strerror}."
        ) from error
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: the scaling policy is not YAML: {error}") from error
    except ValidationError as error:
        sentences = [f"{path}: {_sentence(detail)}." for detail in error.errors()]
        raise PolicyError("\n".join(sentences)) from error


def _sentence(detail: Any) -> str:  # noqa: ANN401 - pydantic's own mapping
    where = ".".join(str(part) for part in detail["loc"]) or "the document"
    if detail["type"] == "extra_forbidden":
        known = detail["loc"][-1] in NOT_IMPLEMENTED
        return f"{where} is " + (
            "a KEDA field that the lab's autoscaler does not implement" if known else "unknown"
        )
    return f"{where}: {detail['msg'].removeprefix('Value error, ')}"
