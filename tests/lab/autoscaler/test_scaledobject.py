"""The policy files: what they mean, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.autoscaler.model import TargetType
from lab.autoscaler.rules import SCALE_DOWN_DEFAULTS, SCALE_UP_DEFAULTS, Policy, PolicyType, Select
from lab.autoscaler.scaledobject import PolicyError, load
from lab.paths import ROOT

KEDA = ROOT / "k8s" / "components" / "keda"
LAPTOPS = KEDA / "laptops-scaledobject.yaml"


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Write the laptops policy with one field, named by its path, changed."""

    def write(value: object, *path: str | int) -> Path:
        document = yaml.safe_load(LAPTOPS.read_text())
        at: Any = document
        for part in path[:-1]:
            at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
        at[path[-1]] = value
        file = tmp_path / "policy.yaml"
        file.write_text(yaml.safe_dump(document))
        return file

    return write


HPA = ("spec", "advanced", "horizontalPodAutoscalerConfig")
TRIGGER = ("spec", "triggers", 0)


def test_both_services_have_the_same_policy() -> None:
    laptops, port = (load(KEDA / f"{name}-scaledobject.yaml") for name in ("laptops", "port"))
    assert (laptops.service, port.service) == ("laptops", "port")
    assert laptops.autoscaler() == port.autoscaler()
    assert laptops.spec.triggers[0].metadata.query.replace("laptops", "port") == (
        port.spec.triggers[0].metadata.query
    )


def test_each_policy_scales_its_own_deployment_on_its_own_requests() -> None:
    for name in ("laptops", "port"):
        policy = load(KEDA / f"{name}-scaledobject.yaml")
        assert policy.spec.scale_target_ref.name == f"{name}-service"
        assert f'{{job="{name}"}}' in policy.spec.triggers[0].metadata.query
        assert policy.autoscaler_name == name


def test_a_policy_becomes_the_autoscaler_that_keda_would_make() -> None:
    spec = load(LAPTOPS).autoscaler()
    assert (spec.min_replicas, spec.max_replicas) == (1, 8)
    (metric,) = spec.metrics
    assert (metric.name, metric.type, metric.target) == (
        "s0-prometheus",
        TargetType.AVERAGE_VALUE,
        20_000,
    )


def test_what_a_behavior_leaves_out_is_kubernetes_default(edited: Callable[..., Path]) -> None:
    behavior = (
        load(edited({"scaleUp": {"tolerance": "50m"}}, *HPA, "behavior")).autoscaler().behavior
    )
    assert behavior is not None
    assert behavior.scale_up.policies == SCALE_UP_DEFAULTS.policies
    assert behavior.scale_up.tolerance == 0.05
    assert behavior.scale_down == SCALE_DOWN_DEFAULTS


def test_what_a_behavior_says_is_taken(edited: Callable[..., Path]) -> None:
    rules = {
        "stabilizationWindowSeconds": 7,
        "selectPolicy": "Min",
        "policies": [{"type": "Pods", "value": 2, "periodSeconds": 30}],
        "tolerance": 0,
    }
    behavior = load(edited(rules, *HPA, "behavior", "scaleDown")).autoscaler().behavior
    assert behavior is not None
    down = behavior.scale_down
    assert (down.stabilization_seconds, down.select, down.tolerance) == (7, Select.MIN, 0.0)
    assert down.policies == (Policy(PolicyType.PODS, 2, 30),)


def test_without_a_behavior_there_is_none(edited: Callable[..., Path]) -> None:
    assert load(edited({"name": "laptops"}, *HPA)).autoscaler().behavior is None


def test_without_a_name_keda_names_the_autoscaler(edited: Callable[..., Path]) -> None:
    assert load(edited({}, *HPA)).autoscaler_name == "keda-hpa-laptops"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "idleReplicaCount"), 0),
        (("spec", "initialCooldownPeriod"), 5),
        (("spec", "advanced", "scalingModifiers"), {"formula": "a"}),
        (("spec", "advanced", "restoreToOriginalReplicaCount"), True),
        (("metadata", "annotations"), {"autoscaling.keda.sh/paused": "true"}),
        ((*TRIGGER, "authenticationRef"), {"name": "secret"}),
        ((*TRIGGER, "useCachedMetrics"), True),
        ((*TRIGGER, "metadata", "customHeaders"), "a=b"),
    ],
)
def test_a_keda_field_that_is_not_implemented_is_refused_by_name(
    edited: Callable[..., Path], path: tuple[str | int, ...], value: object
) -> None:
    file = edited(value, *path)
    where = ".".join(map(str, path))
    with pytest.raises(PolicyError) as refused:
        load(file)
    assert str(refused.value) == (
        f"{file}: {where} is a KEDA field that the lab's autoscaler does not implement."
    )


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("apiVersion",), "keda.sh/v1", "apiVersion: Input should be 'keda.sh/v1alpha1'"),
        (("kind",), "ScaledJob", "kind: Input should be 'ScaledObject'"),
        (("spec", "minReplicas"), 1, "spec.minReplicas is unknown"),
        (("spec", "minReplicaCount"), 0, "spec.minReplicaCount: Input should be greater than"),
        (("spec", "minReplicaCount"), "1", "spec.minReplicaCount: Input should be a valid integer"),
        (("spec", "minReplicaCount"), 9, "maxReplicaCount must not be less than minReplicaCount"),
        (("spec", "scaleTargetRef", "kind"), "StatefulSet", "kind: Input should be 'Deployment'"),
        (("spec", "triggers"), [], "spec.triggers: List should have at least 1 item"),
        ((*TRIGGER, "type"), "cpu", "spec.triggers.0.type: Input should be 'prometheus'"),
        ((*TRIGGER, "metricType"), "Utilization", "'AverageValue' or 'Value'"),
        ((*TRIGGER, "metadata", "threshold"), 20, "threshold: must be a string"),
        ((*TRIGGER, "metadata", "threshold"), "many", "could not convert string to float"),
        ((*TRIGGER, "metadata", "threshold"), "0", "threshold: must be 0.001 or more"),
        ((*TRIGGER, "metadata", "threshold"), "nan", "threshold: must be a finite number"),
        ((*TRIGGER, "metadata", "threshold"), "inf", "threshold: must be a finite number"),
        ((*TRIGGER, "metadata", "activationThreshold"), "-inf", "must be a finite number"),
        (("spec", "maxReplicaCount"), float("inf"), "maxReplicaCount: Input should be a valid"),
        (("spec", "minReplicaCount"), float("nan"), "minReplicaCount: Input should be a valid"),
        ((*HPA, "behavior", "scaleUp", "tolerance"), float("nan"), "is not a quantity"),
        ((*TRIGGER, "metadata", "ignoreNullValues"), "perhaps", 'the string "true" or "false"'),
        ((*HPA, "behavior", "scaleUp", "policies"), [], "at least 1 item"),
        ((*HPA, "behavior", "scaleUp", "tolerance"), "-1", "is not a quantity"),
        ((*HPA, "behavior", "scaleDown", "selectPolicy"), "Best", "'Max', 'Min' or 'Disabled'"),
        ((*HPA, "behavior", "scaleDown", "stabilizationWindowSeconds"), 3601, "less than or equal"),
        (("spec", "fallback", "behavior"), "guess", "spec.fallback.behavior: Input should be"),
    ],
)
def test_a_mistake_is_refused_with_file_and_field(
    edited: Callable[..., Path], path: tuple[str | int, ...], value: object, sentence: str
) -> None:
    file = edited(value, *path)
    with pytest.raises(PolicyError) as refused:
        load(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert sentence in str(refused.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("apiVersion: v1\nkind: Pod\n")
    with pytest.raises(PolicyError) as refused:
        load(file)
    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "sentence"), [("a: [", "is not YAML"), ("- 1", "the document: Input should be")]
)
def test_what_is_no_policy_at_all_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=sentence):
        load(file)


def test_a_file_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read: No such file or directory"):
        load(tmp_path / "none.yaml")
