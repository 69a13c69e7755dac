from dataclasses import replace

import pytest
from tests.lab.experiments.spike.a_run import PLAN, SPIKE_AT, evidence

from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.replicas import changes
from lab.experiments.spike.verdict import Verdict
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
    assert failing(verdict) == {"target-scaled-out", "target-recovered", "target-served"}


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


def test_scaling_apart_is_cheaper_than_scaling_together() -> None:
    cost = judge(evidence(), Limits()).replica_seconds
    grown = 6 * 1 + 6 * 2 + 5 * 4 + (PLAN.spike + 34 - 17) * 5
    calm = PLAN.seconds - PLAN.spike - 34
    assert cost.used == pytest.approx(calm + grown + PLAN.seconds)
    assert cost.together == pytest.approx(2 * (calm + grown))


def test_every_request_that_was_due_is_counted_and_what_was_never_sent_is_told() -> None:
    spike = judge(evidence(), Limits()).target.phases["spike"]
    assert spike.due == 75 * 100
    assert spike.missed == 20 * 60
    assert spike.served == spike.due - spike.missed


def test_every_check_states_a_question_and_has_a_name_of_its_own() -> None:
    def complete(check: Check) -> bool:
        return check.question.endswith("?") and bool(check.unit)

    checks = judge(evidence(), Limits()).checks
    assert all(complete(check) for check in checks)
    assert len({check.name for check in checks}) == len(checks)


def test_the_first_replica_count_stands_at_the_begin() -> None:
    steps = changes([(98.0, 1.0), (101.0, 1.0), (103.5, 2.0)], began=100.0)
    assert [(step.seconds, step.replicas) for step in steps] == [(0.0, 1), (3.5, 2)]


def test_a_verdict_says_whether_the_machine_was_calm_and_how_busy_it_was() -> None:
    machine = judge(evidence(), Limits()).machine
    assert machine.calm
    assert machine.phases["spike"].busy_percent == pytest.approx(50, abs=1)
    assert machine.phases["spike"].pressure_percent == pytest.approx(10, abs=1)
    noisy = judge(replace(evidence(), busy_before_percent=93.0, moments=()), Limits())
    assert (noisy.machine.calm, noisy.machine.busy_before_percent) == (False, 93.0)
    assert noisy.machine.phases["spike"].busy_percent is None
    assert noisy.passed, "what is not known of the machine is said, and loosens nothing"


def test_the_mean_request_is_split_into_where_its_time_went() -> None:
    times = judge(evidence(), Limits()).control.times["spike"]
    assert times.late_ms == 0
    assert times.gateway_to_service_ms == pytest.approx(2)
    assert times.supplier_ms == pytest.approx(180)
    assert times.own_ms == pytest.approx(5)
    # 10 ms a second of port's replica by its ten requests, and of two others by all twenty.
    assert times.run_queue_ms == pytest.approx(1 + 0.5 + 0.5, abs=0.05)


def test_a_verdict_says_which_part_of_the_latency_was_the_machines() -> None:
    assert judge(evidence(), Limits()).remarks() == [
        "In the spike a mean request to port waited 2.0 ms for a core of this machine; "
        "port's own work took 5.0 ms."
    ]
    noisy = judge(replace(evidence(), busy_before_percent=93.4, moments=()), Limits())
    assert noisy.remarks() == ["The machine was not calm: 93 % busy before the load began."]


def test_a_noisy_baseline_widens_no_limit() -> None:
    def limits(verdict: Verdict) -> dict[str, float]:
        return {check.name: check.limit for check in verdict.checks}

    run = evidence()
    for index, request in enumerate(run.log.requests):
        if request.sent < run.phases["spike"]:
            run.log.requests[index] = replace(request, latency_ms=request.latency_ms * 3)
    assert limits(judge(run, Limits())) == limits(judge(evidence(), Limits()))
