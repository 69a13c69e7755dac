"""The autoscaler's own metrics, under the names that kube-state-metrics gives to a real one.

So one dashboard, one alert and one experiment read a cluster and the lab alike. What
kube-state-metrics has no name for begins with `lab_autoscaler_`.
"""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from lab.autoscaler.model import Decision, TargetType
from lab.autoscaler.replicas import Replica, live
from lab.autoscaler.scaledobject import ScaledObject
from lab.facts import ASKED_REPLICAS, EXISTING_REPLICAS, FEWEST_REPLICAS

HPA = ("namespace", "horizontalpodautoscaler")
DEPLOYMENT = ("namespace", "deployment")
TARGET = (*HPA, "metric_name", "metric_target_type")
STATUSES = {"true": True, "false": False, "unknown": None}
UNLIMITED = "none"


class Publisher:
    """Gauges of every service's autoscaler and deployment, in one registry."""

    def __init__(self, registry: CollectorRegistry, *, namespace: str) -> None:
        self._namespace, self._registry = namespace, registry
        hpa, deployment = "kube_horizontalpodautoscaler", "kube_deployment"
        self._low = self._gauge(FEWEST_REPLICAS, "Lower limit of the policy.", HPA)
        self._high = self._gauge(f"{hpa}_spec_max_replicas", "Upper limit of the policy.", HPA)
        self._target = self._gauge(
            f"{hpa}_spec_target_metric", "What the policy compares a metric with.", TARGET
        )
        self._measured = self._gauge(
            f"{hpa}_status_target_metric", "What the metric was at the last decision.", TARGET
        )
        self._current = self._gauge(
            f"{hpa}_status_current_replicas", "Replicas asked for before the last decision.", HPA
        )
        self._desired = self._gauge(
            f"{hpa}_status_desired_replicas", "Replicas that the last decision asks for.", HPA
        )
        self._condition = self._gauge(
            f"{hpa}_status_condition",
            "Whether the autoscaler is able to scale, active and limited.",
            (*HPA, "condition", "status"),
        )
        self._asked = self._gauge(ASKED_REPLICAS, "Replicas that should run.", DEPLOYMENT)
        self._exist = self._gauge(
            EXISTING_REPLICAS,
            "Replicas that exist, stopping ones left out.",
            DEPLOYMENT,
        )
        self._ready = self._gauge(
            f"{deployment}_status_replicas_ready", "Replicas that take requests.", DEPLOYMENT
        )
        self._available = self._gauge(
            f"{deployment}_status_replicas_available", "Replicas that take requests.", DEPLOYMENT
        )
        self._unavailable = self._gauge(
            f"{deployment}_status_replicas_unavailable", "Replicas that still start.", DEPLOYMENT
        )
        self._decisions = Counter(
            "lab_autoscaler_decisions",
            "Decisions by direction, and by what held the recommendation back.",
            (*HPA, "direction", "limited_by"),
            registry=registry,
        )
        self._held = self._gauge("lab_autoscaler_hold", "1 if decisions are not acted on.", ())
        self._reached = self._gauge(
            "lab_autoscaler_reached",
            "1 if the last call to prometheus, supervisor or gateway was answered.",
            ("backend",),
        )

    def hold(self, held: bool) -> None:
        """Publish whether decisions are acted on."""
        self._held.set(held)

    def reached(self, backend: str, answered: bool) -> None:
        """Publish whether a backend answered."""
        self._reached.labels(backend).set(answered)

    def policy(self, policy: ScaledObject) -> None:
        """Publish what a policy says."""
        spec, labels = policy.autoscaler(), self._hpa(policy)
        self._low.labels(*labels).set(spec.min_replicas)
        self._high.labels(*labels).set(spec.max_replicas)
        for metric in spec.metrics:
            kind = "average" if metric.type is TargetType.AVERAGE_VALUE else "value"
            self._target.labels(*labels, metric.name, kind).set(metric.target / 1000)

    def decision(self, policy: ScaledObject, decision: Decision, *, replicas: int) -> None:
        """Publish a decision. One that failed leaves the last desired number as it is."""
        labels = self._hpa(policy)
        self._current.labels(*labels).set(decision.current)
        if decision.recommendation is not None or decision.rescale:
            self._desired.labels(*labels).set(decision.desired)
        for condition in decision.conditions.values():
            for status, value in STATUSES.items():
                held = value is condition.status
                self._condition.labels(*labels, condition.type, status).set(held)
        limited = decision.limited_by or UNLIMITED
        self._decisions.labels(*labels, direction(decision), limited).inc()
        self._measure(policy, decision, replicas)

    def deployment(self, policy: ScaledObject, asked: int, replicas: Sequence[Replica]) -> None:
        """Publish which replicas should run and which do."""
        labels = (self._namespace, policy.spec.scale_target_ref.name)
        counted = live(replicas)
        ready = sum(replica.ready for replica in counted)
        self._asked.labels(*labels).set(asked)
        self._exist.labels(*labels).set(len(counted))
        self._ready.labels(*labels).set(ready)
        self._available.labels(*labels).set(ready)
        self._unavailable.labels(*labels).set(max(asked - ready, 0))

    def _measure(self, policy: ScaledObject, decision: Decision, replicas: int) -> None:
        if decision.usage is None:
            return
        metric = next(m for m in policy.autoscaler().metrics if m.name == decision.metric)
        labels = (*self._hpa(policy), metric.name)
        if metric.type is TargetType.VALUE:
            self._measured.labels(*labels, "value").set(decision.usage / 1000)
        elif replicas:
            self._measured.labels(*labels, "average").set(decision.usage / 1000 / replicas)

    def _hpa(self, policy: ScaledObject) -> tuple[str, str]:
        return self._namespace, policy.autoscaler_name

    def _gauge(self, name: str, help_: str, labels: Sequence[str]) -> Gauge:
        return Gauge(name, help_, labels, registry=self._registry)


def direction(decision: Decision) -> str:
    """Return up, down or none."""
    if not decision.rescale:
        return "none"
    return "up" if decision.desired > decision.current else "down"
