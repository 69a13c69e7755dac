"""From a reading to a number of replicas. Cases marked * are from the controller's own tests."""

import pytest

from lab.autoscaler.model import Metric, Observation, Reading, Spec, TargetType
from lab.autoscaler.proposal import NoUsableMetricError, Tolerances, propose, replicas_for
from lab.autoscaler.rules import SCALE_DOWN_DEFAULTS, SCALE_UP_DEFAULTS, Behavior, Rules

PER_REPLICA = TargetType.AVERAGE_VALUE
TOGETHER = TargetType.VALUE


def seen(replicas: int, *readings: Reading, ready: int | None = None) -> Observation:
    return Observation(
        spec_replicas=replicas,
        status_replicas=replicas,
        ready_replicas=replicas if ready is None else ready,
        readings=readings,
    )


@pytest.mark.parametrize(
    ("kind", "replicas", "usage", "target", "expected"),
    [
        pytest.param(PER_REPLICA, 3, 8600, 2150, 4, id="* up"),
        pytest.param(PER_REPLICA, 5, 8600, 2867, 3, id="* down"),
        pytest.param(PER_REPLICA, 3, 8600, 2900, 3, id="* within tolerance"),
        pytest.param(PER_REPLICA, 1, 22_000, 20_000, 1, id="exactly 1.1 is within"),
        pytest.param(PER_REPLICA, 1, 22_001, 20_000, 2, id="over 1.1 is not"),
        pytest.param(PER_REPLICA, 10, 180_000, 20_000, 10, id="exactly 0.9 is within"),
        pytest.param(PER_REPLICA, 10, 179_999, 20_000, 9, id="under 0.9 is not"),
        pytest.param(PER_REPLICA, 1, 100_000, 20_000, 5, id="100/s at 20/s each"),
        pytest.param(PER_REPLICA, 5, 0, 20_000, 0, id="nothing to do"),
        pytest.param(PER_REPLICA, 0, 30_000, 20_000, 2, id="no replica yet"),
        pytest.param(TOGETHER, 3, 8600, 6600, 4, id="* value, up"),
        pytest.param(TOGETHER, 5, 8600, 14_334, 3, id="* value, down"),
        pytest.param(TOGETHER, 3, 8600, 8888, 3, id="* value, within tolerance"),
        pytest.param(TOGETHER, 0, 8600, 6600, 2, id="value, from zero"),
    ],
)
def test_a_metric_asks_for(
    kind: TargetType, replicas: int, usage: int, target: int, expected: int
) -> None:
    metric = Metric(name="m", type=kind, target=target)
    assert replicas_for(metric, usage, seen(replicas), Tolerances()) == expected


def test_a_value_target_counts_ready_replicas_only() -> None:
    metric = Metric(name="m", type=TOGETHER, target=4400)
    assert replicas_for(metric, 8600, seen(3, ready=1), Tolerances()) == 2
    assert replicas_for(metric, 8600, seen(3, ready=3), Tolerances()) == 6


@pytest.mark.parametrize(
    ("kind", "usage", "target"),
    [
        pytest.param(PER_REPLICA, 8600, 2800, id="* per replica"),
        pytest.param(TOGETHER, 8900, 8800, id="* value"),
    ],
)
def test_a_behavior_may_set_a_tolerance_of_its_own(
    kind: TargetType, usage: int, target: int
) -> None:
    metric = Metric(name="m", type=kind, target=target)
    assert replicas_for(metric, usage, seen(3), Tolerances()) == 3
    assert replicas_for(metric, usage, seen(3), Tolerances(up=0.01)) == 4


def test_each_direction_has_its_own_tolerance_and_the_default_otherwise() -> None:
    exact = Rules(stabilization_seconds=0, policies=SCALE_UP_DEFAULTS.policies, tolerance=0.0)
    behavior = Behavior(scale_up=exact, scale_down=SCALE_DOWN_DEFAULTS)
    assert Tolerances.of(behavior) == Tolerances(down=0.1, up=0.0)
    assert Tolerances.of(None) == Tolerances(down=0.1, up=0.1)


def spec(*targets: int) -> Spec:
    metrics = tuple(
        Metric(name=f"m{i}", type=PER_REPLICA, target=target) for i, target in enumerate(targets)
    )
    return Spec(min_replicas=1, max_replicas=10, metrics=metrics)


def test_of_several_metrics_the_largest_proposal_wins() -> None:
    proposal = propose(spec(20_000, 1_000), seen(2, Reading(60_000), Reading(5_000)))
    assert (proposal.replicas, proposal.metric, proposal.usage) == (5, "m1", 5_000)


def test_an_invalid_metric_does_not_stop_another_from_scaling_up() -> None:
    proposal = propose(spec(20_000, 1_000), seen(2, Reading(None, "gone"), Reading(5_000)))
    assert proposal.replicas == 5
    assert proposal.error == "invalid metrics (1 invalid out of 2), first error is: gone"


def test_an_invalid_metric_stops_another_from_scaling_down() -> None:
    with pytest.raises(NoUsableMetricError, match=r"1 invalid out of 2.*: gone"):
        propose(spec(20_000, 1_000), seen(4, Reading(None, "gone"), Reading(2_000)))


def test_no_valid_metric_is_no_proposal() -> None:
    with pytest.raises(NoUsableMetricError, match=r"1 invalid out of 1.*: gone"):
        propose(spec(20_000), seen(4, Reading(None, "gone")))
