"""The whole decision, step by step: what is desired, and what the three conditions say."""

import pytest

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import (
    ConditionType,
    Decision,
    Metric,
    Observation,
    Reading,
    Spec,
    TargetType,
)
from lab.autoscaler.rules import (
    SCALE_DOWN_DEFAULTS,
    SCALE_UP_DEFAULTS,
    Behavior,
    Policy,
    PolicyType,
    Rules,
)

REQUESTS = Metric(name="requests", type=TargetType.AVERAGE_VALUE, target=20_000)
TWENTY_SECONDS = Behavior(
    scale_up=SCALE_UP_DEFAULTS,
    scale_down=Rules(stabilization_seconds=20, policies=SCALE_DOWN_DEFAULTS.policies),
)


def spec(low: int = 1, high: int = 8, behavior: Behavior | None = TWENTY_SECONDS) -> Spec:
    return Spec(min_replicas=low, max_replicas=high, metrics=(REQUESTS,), behavior=behavior)


def seen(replicas: int, rate: float | None, *, scale_error: str = "") -> Observation:
    reading = Reading(None, "Prometheus is away") if rate is None else Reading(int(rate * 1000))
    return Observation(
        spec_replicas=replicas,
        status_replicas=replicas,
        ready_replicas=replicas,
        readings=(reading,),
        scale_error=scale_error,
    )


def condition(decision: Decision, kind: ConditionType) -> tuple[bool, str]:
    held = decision.conditions[kind]
    return held.status, held.reason


def follow(autoscaler: Autoscaler, start: int, rates: list[float | None]) -> list[int]:
    """Step every 5 seconds, each decision carried out at once."""
    scales, current = [], start
    for i, rate in enumerate(rates):
        current = autoscaler.step(5.0 * i, seen(current, rate)).desired
        scales.append(current)
    return scales


def test_a_spike_raises_the_scale_at_once() -> None:
    decision = Autoscaler(spec()).step(0, seen(1, 100))
    assert (decision.current, decision.desired, decision.recommendation) == (1, 5, 5)
    assert decision.rescale
    assert decision.reason == "external metric requests above target"
    assert decision.limited_by == ""
    assert condition(decision, ConditionType.ABLE_TO_SCALE) == (True, "SucceededRescale")
    assert condition(decision, ConditionType.SCALING_ACTIVE) == (True, "ValidMetricFound")
    assert condition(decision, ConditionType.SCALING_LIMITED) == (False, "DesiredWithinRange")


def test_a_load_within_tolerance_changes_nothing() -> None:
    decision = Autoscaler(spec()).step(0, seen(1, 22))
    assert not decision.rescale
    assert decision.reason == ""
    assert condition(decision, ConditionType.ABLE_TO_SCALE) == (True, "ReadyForNewScale")


def test_the_scale_stays_up_for_the_whole_window_then_falls() -> None:
    rates = [100.0, 100.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    assert follow(Autoscaler(spec()), 1, rates) == [5, 5, 5, 5, 5, 1, 1]


def test_the_window_says_why_it_holds() -> None:
    autoscaler = Autoscaler(spec())
    autoscaler.step(0, seen(5, 100))
    decision = autoscaler.step(5, seen(5, 5))
    assert (decision.desired, decision.recommendation) == (5, 1)
    assert decision.limited_by == "ScaleDownStabilized"
    assert decision.reason == "All metrics below target"
    assert condition(decision, ConditionType.ABLE_TO_SCALE) == (True, "ScaleDownStabilized")


def test_the_default_window_lasts_five_minutes() -> None:
    defaults = Behavior(scale_up=SCALE_UP_DEFAULTS, scale_down=SCALE_DOWN_DEFAULTS)
    scales = follow(Autoscaler(spec(behavior=defaults)), 1, [100.0] + [5.0] * 61)
    assert scales.index(1) * 5 == 300


def test_without_behavior_the_window_includes_its_first_instant() -> None:
    scales = follow(Autoscaler(spec(behavior=None)), 1, [80.0] + [5.0] * 61)
    assert scales.index(1) * 5 == 305


def test_the_maximum_limits_a_flood() -> None:
    autoscaler = Autoscaler(spec())
    assert follow(autoscaler, 1, [1000.0, 1000.0, 1000.0, 1000.0]) == [5, 5, 5, 8]
    decision = autoscaler.step(20, seen(8, 1000))
    assert decision.desired == 8
    assert decision.limited_by == "TooManyReplicas"
    assert condition(decision, ConditionType.SCALING_LIMITED) == (True, "TooManyReplicas")


def test_the_rate_limits_a_flood_and_says_so() -> None:
    decision = Autoscaler(spec()).step(0, seen(1, 1000))
    assert (decision.desired, decision.recommendation) == (5, 50)
    assert decision.limited_by == "ScaleUpLimit"
    assert condition(decision, ConditionType.SCALING_LIMITED) == (True, "ScaleUpLimit")


def test_the_minimum_limits_idleness_and_says_so() -> None:
    behavior = Behavior(
        scale_up=SCALE_UP_DEFAULTS,
        scale_down=Rules(stabilization_seconds=0, policies=SCALE_DOWN_DEFAULTS.policies),
    )
    decision = Autoscaler(spec(low=2, behavior=behavior)).step(0, seen(4, 0))
    assert (decision.desired, decision.recommendation) == (2, 0)
    assert condition(decision, ConditionType.SCALING_LIMITED) == (True, "TooFewReplicas")


def test_a_policy_paces_the_way_down() -> None:
    one_at_a_time = Rules(stabilization_seconds=0, policies=(Policy(PolicyType.PODS, 1, 10),))
    behavior = Behavior(scale_up=SCALE_UP_DEFAULTS, scale_down=one_at_a_time)
    assert follow(Autoscaler(spec(behavior=behavior)), 4, [5.0] * 7) == [3, 3, 2, 2, 1, 1, 1]


def test_an_up_window_waits_for_a_lasting_load() -> None:
    patient = Rules(stabilization_seconds=10, policies=SCALE_UP_DEFAULTS.policies)
    behavior = Behavior(scale_up=patient, scale_down=SCALE_DOWN_DEFAULTS)
    autoscaler = Autoscaler(spec(behavior=behavior))
    assert follow(autoscaler, 1, [20.0, 100.0, 100.0, 100.0]) == [1, 1, 5, 5]


def test_no_reading_keeps_the_scale() -> None:
    decision = Autoscaler(spec()).step(0, seen(4, None))
    assert (decision.desired, decision.recommendation) == (4, None)
    assert "Prometheus is away" in decision.error
    assert condition(decision, ConditionType.SCALING_ACTIVE) == (False, "FailedGetExternalMetric")


def test_a_scale_that_cannot_be_seen_is_kept() -> None:
    decision = Autoscaler(spec()).step(0, seen(4, 100, scale_error="the supervisor is away"))
    assert (decision.desired, decision.error) == (4, "the supervisor is away")
    assert condition(decision, ConditionType.ABLE_TO_SCALE) == (False, "FailedGetScale")


def test_it_recovers_from_both() -> None:
    autoscaler = Autoscaler(spec())
    autoscaler.step(0, seen(1, None))
    autoscaler.step(5, seen(1, 10, scale_error="away"))
    decision = autoscaler.step(10, seen(1, 100))
    assert decision.desired == 5
    assert all(
        decision.conditions[kind].status
        for kind in (ConditionType.ABLE_TO_SCALE, ConditionType.SCALING_ACTIVE)
    )


@pytest.mark.parametrize(
    ("current", "desired", "word"), [(12, 8, "above Spec.MaxReplicas"), (1, 2, "below Spec.Min")]
)
def test_a_scale_outside_its_range_comes_back_whatever_the_metric(
    current: int, desired: int, word: str
) -> None:
    decision = Autoscaler(spec(low=2)).step(0, seen(current, None))
    assert decision.desired == desired
    assert word in decision.reason


def test_a_deployment_scaled_to_zero_by_hand_stays_there() -> None:
    decision = Autoscaler(spec()).step(0, seen(0, 100))
    assert decision.desired == 0
    assert condition(decision, ConditionType.SCALING_ACTIVE) == (False, "ScalingDisabled")


def test_a_restarted_autoscaler_does_not_shrink_what_it_finds() -> None:
    assert follow(Autoscaler(spec()), 5, [5.0, 5.0, 5.0, 5.0, 5.0]) == [5, 5, 5, 5, 1]


def test_on_hold_it_goes_on_wanting_the_same() -> None:
    autoscaler = Autoscaler(spec(), hold=True)
    decisions = [autoscaler.step(5.0 * i, seen(1, 1000)) for i in range(10)]
    assert {decision.desired for decision in decisions} == {5}
    assert condition(decisions[-1], ConditionType.ABLE_TO_SCALE) == (True, "ReadyForNewScale")
