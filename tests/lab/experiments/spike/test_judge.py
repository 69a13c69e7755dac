from dataclasses import replace

import pytest
from tests.lab.experiments.spike.a_run import PLAN, SPIKE_AT, evidence

from lab.experiments.spike.judge import changes, judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.verdict import Counts, Verdict
from lab.report.model import Check


def failing(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if not check.passed}


def test_a_target_that_scales_beside_a_calm_control_passes() -> None:
    verdict = judge(evidence(), Limits())
    assert failing(verdict) == set()
    assert verdict.passed


def test_without_scaling_the_target_neither_grows_nor_recovers() -> None:
    verdict = judge(evidence(scales=False), Limits())
    assert not verdict.passed
    assert failing(verdict) == {"target-scaled-out", "target-recovered"}


def test_a_verdict_says_how_long_scaling_and_recovery_took() -> None:
    target = judge(evidence(), Limits()).target
    assert target.first_scale_up_seconds == 6
    assert target.recovered_seconds is not None
    assert 20 <= target.recovered_seconds <= 30


def test_replicas_are_kept_as_changes() -> None:
    target = judge(evidence(), Limits()).target
    assert [(step.seconds, step.replicas) for step in target.replicas][:2] == [
        (0, 1),
        (SPIKE_AT + 6, 2),
    ]
    assert [step.replicas for step in target.replicas] == [1, 2, 4, 5, 1]


def test_failed_requests_fail_the_target_above_a_thousandth() -> None:
    assert "target-errors" not in failing(judge(evidence(failures=1), Limits()))
    assert "target-errors" in failing(judge(evidence(failures=20), Limits()))


def test_one_replica_more_for_the_control_fails() -> None:
    run = evidence()
    nudged = [(time, value + (time % 50 == 0)) for time, value in run.replicas["port"]]
    run = replace(run, replicas={**run.replicas, "port": nudged})
    assert failing(judge(run, Limits())) == {"control-replicas"}


def test_no_replica_samples_at_all_fail() -> None:
    run = replace(evidence(), replicas={"laptops": [], "port": []})
    expected = {"target-scaled-out", "target-came-back", "control-replicas"}
    assert failing(judge(run, Limits())) == expected


@pytest.mark.parametrize(("lost", "agrees"), [(0, True), (1, True), (40, False)])
def test_signals_may_differ_by_a_thousandth(lost: int, agrees: bool) -> None:
    counts = Counts(
        service="laptops", client=9000, gateway=9000, metrics=9000, logs=9000 - lost, spans=9000
    )
    verdict = judge(replace(evidence(), agreement=[counts]), Limits())
    assert ("signals-agree-laptops" not in failing(verdict)) is agrees


def test_a_control_that_slows_down_fails() -> None:
    run = evidence()
    for index, request in enumerate(run.log.requests):
        if request.service == "port" and request.sent > run.log.phases["spike"]:
            run.log.requests[index] = replace(request, latency_ms=request.latency_ms * 2)
    assert failing(judge(run, Limits())) == {"control-latency"}


@pytest.mark.parametrize(("spike_ms", "passes"), [(9.5, True), (10.5, False)])
def test_a_fast_control_may_slow_down_to_ten_milliseconds(spike_ms: float, passes: bool) -> None:
    run = evidence()
    for index, request in enumerate(run.log.requests):
        if request.service == "port":
            spiking = request.sent > run.log.phases["spike"]
            run.log.requests[index] = replace(request, latency_ms=spike_ms if spiking else 2.0)
    assert judge(run, Limits()).passed is passes


def test_scaling_apart_is_cheaper_than_scaling_together() -> None:
    cost = judge(evidence(), Limits()).replica_seconds
    grown = 6 * 1 + 6 * 2 + 5 * 4 + (PLAN.spike + 34 - 17) * 5
    calm = PLAN.seconds - PLAN.spike - 34
    assert cost.used == pytest.approx(calm + grown + PLAN.seconds)
    assert cost.together == pytest.approx(2 * (calm + grown))


def test_what_is_offered_follows_from_the_users() -> None:
    target = judge(evidence(), Limits()).target
    assert target.phases["spike"].offered == 75 * 100
    assert target.phases["spike"].served < target.phases["spike"].offered


def test_every_check_states_a_question() -> None:
    def complete(check: Check) -> bool:
        return check.question.endswith("?") and bool(check.unit)

    assert all(complete(check) for check in judge(evidence(), Limits()).checks)


def test_the_first_replica_count_stands_at_the_begin() -> None:
    steps = changes([(98.0, 1.0), (101.0, 1.0), (103.5, 2.0)], began=100.0)
    assert [(step.seconds, step.replicas) for step in steps] == [(0.0, 1), (3.5, 2)]


def test_a_verdict_says_how_busy_the_machine_was() -> None:
    busy = judge(evidence(), Limits()).machine_busy_percent
    assert (busy["baseline"], busy["recovery"]) == (20, 60)
    assert judge(replace(evidence(), busy=[]), Limits()).machine_busy_percent["spike"] is None
