"""The verdict on a burst of events, from evidence that is made up."""

import dataclasses
from pathlib import Path

import pytest

from lab.commands.experiment import render
from lab.experiments.burst.judge import Evidence, judge
from lab.experiments.burst.load import Added
from lab.experiments.burst.plan import OTHERS, QUICK, TARGET, Limits, Plan
from lab.experiments.burst.verdict import EventCounts, Story, Verdict
from lab.report.folder import Folder, create
from lab.stack.options import Options

BEGAN = 1_000_000.0
PLAN = Plan(baseline=2, burst=4, base_rate=1, burst_rate=2)
COUNTS = EventCounts(client=10, sent=10, processed=10, logs=10, spans=10, effects=10)


@pytest.fixture
def evidence() -> Evidence:
    steady = [(BEGAN + second, 1.0) for second in range(20)]
    scaled = [(BEGAN + s, {4: 2.0, 5: 3.0, 6: 3.0}.get(s, 1.0)) for s in range(20)]
    queue = [(BEGAN + s, {4: 12.0, 5: 30.0, 6: 20.0, 7: 4.0}.get(s, 0.0)) for s in range(20)]
    return Evidence(
        plan=PLAN,
        began=BEGAN,
        ended=BEGAN + 19,
        added=[Added(BEGAN + moment, accepted=True) for moment in PLAN.due()],
        replicas={TARGET: scaled, **dict.fromkeys(OTHERS, steady)},
        queue=queue,
        counts=COUNTS,
        dead_letters=0,
    )


def failing(evidence: Evidence) -> list[str]:
    verdict = judge(evidence, Limits())
    names = [check.name for check in verdict.checks if not check.passed]
    assert verdict.passed is (not names)
    return names


def test_a_worker_that_scales_alone_and_counts_once_passes(evidence: Evidence) -> None:
    verdict = judge(evidence, Limits())
    assert verdict.passed
    assert verdict.queue_peak == 30
    assert verdict.caught_up_seconds == 1.0
    assert [step.replicas for step in verdict.replicas[TARGET]] == [1, 2, 3, 1]


def test_a_service_that_scales_too_fails(evidence: Evidence) -> None:
    moved = [(BEGAN, 1.0), (BEGAN + 5, 2.0)]
    changed = {**evidence.replicas, "laptops-service": moved}
    assert failing(dataclasses.replace(evidence, replicas=changed)) == ["laptops-service-stayed"]


def test_a_lost_and_a_doubled_event_fail(evidence: Evidence) -> None:
    for effects in (9, 11):
        counts = COUNTS.model_copy(update={"effects": effects})
        failed = failing(dataclasses.replace(evidence, counts=counts))
        assert failed == ["exactly-once", "signals-agree"]


def test_a_queue_that_never_empties_fails(evidence: Evidence) -> None:
    full = [(BEGAN + second, 5.0) for second in range(20)]
    assert failing(dataclasses.replace(evidence, queue=full)) == ["caught-up"]


def test_what_could_not_be_measured_fails(evidence: Evidence) -> None:
    blind = dict.fromkeys((TARGET, *OTHERS), ())
    failed = failing(dataclasses.replace(evidence, replicas=blind))
    assert {"worker-scaled-out", "worker-came-back", *(f"{n}-stayed" for n in OTHERS)} == set(
        failed
    )


def test_the_burst_is_too_slow_to_scale_a_service_and_too_fast_for_one_worker() -> None:
    options = Options()
    capacity = options.worker_concurrency / options.worker_latency_seconds
    for plan in (Plan(), QUICK):
        assert 3 * capacity <= plan.burst_rate < 20
        due = plan.due()
        assert due == sorted(due)
        assert len(due) == round(plan.baseline * plan.base_rate + plan.burst * plan.burst_rate)


def test_the_report_can_be_rendered_again_from_what_was_written(
    evidence: Evidence, tmp_path: Path
) -> None:
    verdict = judge(evidence, Limits())
    story = Story(
        added=[(0.0, 1.0), (1.0, 2.0)],
        queue=[(at - BEGAN, value) for at, value in evidence.queue],
        replicas={
            name: [(step.seconds, float(step.replicas)) for step in steps]
            for name, steps in verdict.replicas.items()
        },
        decisions=[],
    )
    folder: Folder = create("burst-events", tmp_path)
    folder.write(verdict, story)
    first = render(folder).read_text()
    folder.page.unlink()
    assert render(folder).read_text() == first
    assert "Passed" in first
    assert "port-worker went 1 to 3 to 1 replicas" in first
    assert Verdict.model_validate_json(folder.verdict.read_bytes()) == verdict
