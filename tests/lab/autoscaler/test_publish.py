"""The metrics: kube-state-metrics' names and labels, and values that say what was decided."""

import pytest
from prometheus_client import CollectorRegistry

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Observation, Reading
from lab.autoscaler.publish import Publisher
from lab.autoscaler.replicas import Phase, Replica
from lab.autoscaler.scaledobject import ScaledObject, load
from lab.paths import ROOT

HPA = {"namespace": "laptop-lab", "horizontalpodautoscaler": "laptops"}
DEPLOYMENT = {"namespace": "laptop-lab", "deployment": "laptops-service"}
TARGET = {"metric_name": "s0-prometheus", "metric_target_type": "average"}


class Page:
    """A publisher and what it publishes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.publisher = Publisher(self.registry, namespace="laptop-lab")
        self.policy: ScaledObject = load(
            ROOT / "k8s" / "components" / "keda" / "laptops-scaledobject.yaml"
        )
        self.autoscaler = Autoscaler(self.policy.autoscaler())

    def decide(self, now: float, replicas: int, rate: float | None) -> None:
        reading = Reading(None, "away") if rate is None else Reading(int(rate * 1000))
        seen = Observation(
            spec_replicas=replicas,
            status_replicas=replicas,
            ready_replicas=replicas,
            readings=(reading,),
        )
        decision = self.autoscaler.step(now, seen)
        self.publisher.decision(self.policy, decision, replicas=replicas)

    def __getitem__(self, name: str) -> dict[tuple[tuple[str, str], ...], float]:
        return {
            tuple(sorted(sample.labels.items())): sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name == name
        }

    def value(self, name: str, labels: dict[str, str]) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def page() -> Page:
    return Page()


def test_a_policy_is_published_as_kube_state_metrics_would(page: Page) -> None:
    page.publisher.policy(page.policy)
    hpa = "kube_horizontalpodautoscaler"
    assert page.value(f"{hpa}_spec_min_replicas", HPA) == 1
    assert page.value(f"{hpa}_spec_max_replicas", HPA) == 8
    assert page.value(f"{hpa}_spec_target_metric", HPA | TARGET) == 20


def test_a_decision_is_published_as_kube_state_metrics_would(page: Page) -> None:
    page.decide(0, 2, 100)
    hpa = "kube_horizontalpodautoscaler"
    assert page.value(f"{hpa}_status_current_replicas", HPA) == 2
    assert page.value(f"{hpa}_status_desired_replicas", HPA) == 5
    assert page.value(f"{hpa}_status_target_metric", HPA | TARGET) == 50


@pytest.mark.parametrize(
    ("condition", "status"),
    [("AbleToScale", "true"), ("ScalingActive", "true"), ("ScalingLimited", "false")],
)
def test_each_condition_has_one_status_of_three(page: Page, condition: str, status: str) -> None:
    page.decide(0, 1, 100)
    values = {
        other: page.value(
            "kube_horizontalpodautoscaler_status_condition",
            HPA | {"condition": condition, "status": other},
        )
        for other in ("true", "false", "unknown")
    }
    assert values == {"true": 0, "false": 0, "unknown": 0} | {status: 1}


def test_a_decision_that_failed_leaves_the_last_desired_number(page: Page) -> None:
    page.decide(0, 1, 100)
    page.decide(5, 5, None)
    assert page.value("kube_horizontalpodautoscaler_status_desired_replicas", HPA) == 5
    failed = HPA | {"condition": "ScalingActive", "status": "false"}
    assert page.value("kube_horizontalpodautoscaler_status_condition", failed) == 1


def test_decisions_are_counted_by_direction_and_by_what_limited_them(page: Page) -> None:
    page.decide(0, 1, 1000)
    page.decide(5, 5, 100)
    page.decide(10, 5, 5)
    page.decide(60, 5, 5)
    counted = {
        (dict(labels)["direction"], dict(labels)["limited_by"]): value
        for labels, value in page["lab_autoscaler_decisions_total"].items()
    }
    assert counted == {
        ("up", "ScaleUpLimit"): 1,
        ("none", "none"): 1,
        ("none", "ScaleDownStabilized"): 1,
        ("down", "none"): 1,
    }


def test_a_deployment_counts_what_runs_and_what_is_ready(page: Page) -> None:
    replicas = [
        Replica(0, Phase.LIVE, running=True, ready=True),
        Replica(1, Phase.LIVE, running=True, ready=False),
        Replica(2, Phase.LEAVING, running=True, ready=False),
        Replica(3, Phase.FREE, running=False, ready=False),
    ]
    page.publisher.deployment(page.policy, 3, replicas)
    published = {
        name: page.value(f"kube_deployment_{name}", DEPLOYMENT)
        for name in (
            "spec_replicas",
            "status_replicas",
            "status_replicas_ready",
            "status_replicas_available",
            "status_replicas_unavailable",
        )
    }
    assert list(published.values()) == [3, 2, 1, 1, 2]


def test_holding_and_unreached_backends_show(page: Page) -> None:
    page.publisher.hold(True)
    page.publisher.reached("gateway", False)
    assert page.value("lab_autoscaler_hold", {}) == 1
    assert page.value("lab_autoscaler_reached", {"backend": "gateway"}) == 0
