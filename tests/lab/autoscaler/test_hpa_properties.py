"""What must hold for every policy and every load."""

from dataclasses import dataclass, replace

from hypothesis import example, given
from hypothesis import strategies as st

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Metric, Observation, Reading, Spec, TargetType
from lab.autoscaler.proposal import Tolerances, replicas_for
from lab.autoscaler.rules import Behavior, Policy, PolicyType, Rules, Select

PERIODS = st.integers(1, 120)
POLICIES = st.builds(Policy, st.sampled_from(PolicyType), st.integers(1, 300), PERIODS)
RULES = st.builds(
    Rules,
    stabilization_seconds=st.integers(0, 120),
    policies=st.lists(POLICIES, min_size=1, max_size=3).map(tuple),
    select=st.sampled_from(Select),
    tolerance=st.none() | st.floats(0, 0.5),
)
BEHAVIORS = st.none() | st.builds(Behavior, scale_up=RULES, scale_down=RULES)
RATES = st.none() | st.integers(0, 2_000_000)
LOADS = st.lists(st.tuples(st.floats(0.5, 60), RATES), min_size=1, max_size=40)
REQUESTS = Metric(name="requests", type=TargetType.AVERAGE_VALUE, target=20_000)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    low = draw(st.integers(1, 10))
    return Spec(
        min_replicas=low,
        max_replicas=draw(st.integers(low, 60)),
        metrics=(REQUESTS,),
        behavior=draw(BEHAVIORS),
    )


# Chance seldom makes the scale fall late: these take every branch of the properties below.
PLAIN = Spec(min_replicas=1, max_replicas=60, metrics=(REQUESTS,), behavior=None)
FOUR_A_MINUTE = Rules(
    stabilization_seconds=0,
    policies=(Policy(PolicyType.PODS, 4, 60),),
    select=Select.MAX,
    tolerance=None,
)
HALF_A_MINUTE_LATER = replace(FOUR_A_MINUTE, stabilization_seconds=30)
PATIENT = replace(
    PLAIN, behavior=Behavior(scale_up=HALF_A_MINUTE_LATER, scale_down=HALF_A_MINUTE_LATER)
)
UP_AND_DOWN: list[tuple[float, int | None]] = [(15.0, 1_000_000)] * 4 + [(15.0, 0)] * 30


@dataclass(frozen=True)
class Step:
    at: float
    before: int
    after: int
    recommendation: int | None


def run(spec: Spec, start: int, load: list[tuple[float, int | None]]) -> list[Step]:
    """Follow a load, each decision carried out at once."""
    autoscaler, now, current, steps = Autoscaler(spec), 0.0, start, []
    for wait, rate in load:
        now += wait
        reading = Reading(rate, "" if rate is not None else "away")
        decision = autoscaler.step(
            now,
            Observation(
                spec_replicas=current,
                status_replicas=current,
                ready_replicas=current,
                readings=(reading,),
            ),
        )
        steps.append(Step(now, current, decision.desired, decision.recommendation))
        current = decision.desired
    return steps


@given(specs(), st.integers(1, 80), LOADS)
def test_the_scale_is_never_outside_its_range(
    spec: Spec, start: int, load: list[tuple[float, int | None]]
) -> None:
    for step in run(spec, start, load):
        assert spec.min_replicas <= step.after <= spec.max_replicas


@given(specs(), LOADS)
@example(PLAIN, UP_AND_DOWN)
def test_it_never_falls_below_what_was_recommended_within_the_window(
    spec: Spec, load: list[tuple[float, int | None]]
) -> None:
    steps = run(spec, spec.min_replicas, load)
    window = spec.behavior.scale_down.stabilization_seconds if spec.behavior else 300
    for i, step in enumerate(steps):
        recent = [
            s.recommendation
            for s in steps[: i + 1]
            if s.at > step.at - window and s.recommendation is not None
        ]
        if step.after < step.before and recent:
            assert step.after >= min(max(recent), spec.max_replicas, step.before)


@given(specs(), LOADS)
@example(PATIENT, UP_AND_DOWN)
def test_it_never_rises_above_what_was_recommended_within_the_window(
    spec: Spec, load: list[tuple[float, int | None]]
) -> None:
    steps = run(spec, spec.min_replicas, load)
    window = spec.behavior.scale_up.stabilization_seconds if spec.behavior else 0
    for i, step in enumerate(steps):
        recent = [
            s.recommendation
            for s in steps[: i + 1]
            if s.at > step.at - window and s.recommendation is not None
        ]
        if step.after > step.before and recent:
            assert step.after <= max(min(recent), spec.min_replicas)


@given(RULES, LOADS)
@example(FOUR_A_MINUTE, UP_AND_DOWN)
def test_no_policy_period_sees_more_change_than_the_policies_allow(
    rules: Rules, load: list[tuple[float, int | None]]
) -> None:
    behavior = Behavior(scale_up=rules, scale_down=rules)
    spec = Spec(min_replicas=1, max_replicas=1000, metrics=(REQUESTS,), behavior=behavior)
    steps = run(spec, 20, load)
    for step in steps:
        if step.after > step.before:
            assert step.after <= _allowed(rules, steps, step, up=True)
        if step.after < step.before:
            assert step.after >= _allowed(rules, steps, step, up=False)


def _allowed(rules: Rules, steps: list[Step], step: Step, *, up: bool) -> float:
    limits = [_limit(policy, _scale_at(steps, step, policy), up=up) for policy in rules.policies]
    return max(limits) if up == (rules.select is Select.MAX) else min(limits)


def _scale_at(steps: list[Step], step: Step, policy: Policy) -> int:
    """The scale at the beginning of the policy's period that ends with this step."""
    start = step.at - policy.period_seconds
    return next(s.before for s in steps if s.at > start)


def _limit(policy: Policy, start: int, *, up: bool) -> float:
    sign = 1 if up else -1
    if policy.type is PolicyType.PODS:
        return start + sign * policy.value
    exact = start * (1 + sign * policy.value / 100)
    return exact + 1 if up else exact - 1  # a fraction of a replica is rounded outwards


@given(st.integers(0, 60), st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_more_load_never_asks_for_fewer_replicas(replicas: int, one: int, other: int) -> None:
    seen = Observation(
        spec_replicas=replicas, status_replicas=replicas, ready_replicas=replicas, readings=()
    )
    less, more = sorted((one, other))
    asked = [replicas_for(REQUESTS, usage, seen, Tolerances()) for usage in (less, more)]
    assert asked[0] <= asked[1]


@given(specs(), st.integers(0, 2_000_000))
def test_a_steady_load_comes_to_rest(spec: Spec, rate: int) -> None:
    # A tick is as long as the longest period, so each may change a replica at least: 59 at most.
    steps = run(spec, spec.min_replicas, [(120.0, rate)] * 80)
    assert len({step.after for step in steps[-10:]}) == 1
