"""The decisions of a HorizontalPodAutoscaler, as a state machine that reads no clock.

Follows the algorithm that Kubernetes documents and, where the documentation is silent, the
controller's source: `pkg/controller/podautoscaler` of Kubernetes 1.34.
"""

from dataclasses import replace

from lab.autoscaler.history import History
from lab.autoscaler.model import Condition, ConditionType, Decision, Observation, Spec
from lab.autoscaler.proposal import NoUsableMetricError, Proposal, propose

_MESSAGES = {
    "DesiredWithinRange": "the desired count is within the acceptable range",
    "ReadyForNewScale": "recommended size matches current size",
    "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
    "ScaleDownStabilized": "recent recommendations were higher than current one, "
    "applying the highest recent recommendation",
    "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
    "ScaleUpStabilized": "recent recommendations were lower than current one, "
    "applying the lowest recent recommendation",
    "ScalingDisabled": "scaling is disabled since the replica count of the target is zero",
    "SucceededGetScale": "the HPA controller was able to get the target's current scale",
    "TooFewReplicas": "the desired replica count is less than the minimum replica count",
    "TooManyReplicas": "the desired replica count is more than the maximum replica count",
}


class Autoscaler:
    """One HorizontalPodAutoscaler: its spec, and what it must remember between two steps."""

    def __init__(self, spec: Spec, *, hold: bool = False) -> None:
        """With `hold`, a decision is taken as not carried out, so it uses up no scaling policy."""
        self.spec = spec
        self._hold = hold
        self._history = History(spec.min_replicas, spec.max_replicas, spec.behavior)
        self._conditions: dict[ConditionType, Condition] = {}

    def step(self, now: float, seen: Observation) -> Decision:
        """Decide once. `now` is in seconds and must not go back between two steps."""
        if seen.scale_error:
            return self._keep_scale(seen)
        self._set(ConditionType.ABLE_TO_SCALE, True, "SucceededGetScale")
        self._history.begin(seen.spec_replicas, now)
        decision = self._decide(now, seen)
        if decision.rescale and not self._hold:
            self._history.scaled(decision.current, decision.desired, now)
            message = (
                f"the HPA controller was able to update the target scale to {decision.desired}"
            )
            self._set(ConditionType.ABLE_TO_SCALE, True, "SucceededRescale", message)
        return replace(decision, conditions=dict(self._conditions))

    def _decide(self, now: float, seen: Observation) -> Decision:
        current, low, high = seen.spec_replicas, self.spec.min_replicas, self.spec.max_replicas
        if current == 0 and low != 0:
            self._set(ConditionType.SCALING_ACTIVE, False, "ScalingDisabled")
            return Decision(current=0, desired=0)
        if current > high:
            reason = "Current number of replicas above Spec.MaxReplicas"
            return Decision(current=current, desired=high, reason=reason)
        if current < low:
            reason = "Current number of replicas below Spec.MinReplicas"
            return Decision(current=current, desired=low, reason=reason)
        return self._follow_metrics(now, seen)

    def _follow_metrics(self, now: float, seen: Observation) -> Decision:
        try:
            proposal = propose(self.spec, seen)
        except NoUsableMetricError as error:
            message = f"the HPA was unable to compute the replica count: {error}"
            self._set(ConditionType.SCALING_ACTIVE, False, "FailedGetExternalMetric", message)
            return self._keep(seen, str(error))
        message = (
            "the HPA was able to successfully calculate a replica count "
            f"from external metric {proposal.metric}"
        )
        self._set(ConditionType.SCALING_ACTIVE, True, "ValidMetricFound", message)
        return self._normalise(now, seen, proposal)

    def _normalise(self, now: float, seen: Observation, proposal: Proposal) -> Decision:
        current, wanted = seen.spec_replicas, proposal.replicas
        stable, waiting = self._history.stabilise(current, wanted, now)
        self._set(ConditionType.ABLE_TO_SCALE, True, waiting or "ReadyForNewScale")
        desired, limit = self._history.limit(current, stable, now)
        self._set(ConditionType.SCALING_LIMITED, desired != stable, limit)
        return Decision(
            current=current,
            desired=desired,
            recommendation=wanted,
            metric=proposal.metric,
            usage=proposal.usage,
            reason=_rescale_reason(current, wanted, proposal.metric),
            limited_by=limit if desired != stable else waiting,
            error=proposal.error,
        )

    def _keep_scale(self, seen: Observation) -> Decision:
        message = f"the HPA controller was unable to get the target's scale: {seen.scale_error}"
        self._set(ConditionType.ABLE_TO_SCALE, False, "FailedGetScale", message)
        return self._keep(seen, seen.scale_error)

    def _keep(self, seen: Observation, error: str) -> Decision:
        return Decision(
            current=seen.spec_replicas,
            desired=seen.spec_replicas,
            error=error,
            conditions=dict(self._conditions),
        )

    def _set(self, kind: ConditionType, status: bool, reason: str, message: str = "") -> None:
        self._conditions[kind] = Condition(kind, status, reason, message or _MESSAGES[reason])


def _rescale_reason(current: int, wanted: int, metric: str) -> str:
    if wanted > current:
        return f"external metric {metric} above target"
    return "All metrics below target" if wanted < current else ""
