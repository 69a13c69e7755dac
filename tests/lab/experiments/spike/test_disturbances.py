"""Runs that must not pass. Each is a healthy one, changed as a disturbance would change it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.lab.experiments.spike.a_run import (
    BEGAN,
    PLAN,
    SPIKE_AT,
    SPIKE_END,
    evidence,
    histogram,
    lines,
    missed,
    read,
    rests_on,
    seen,
    served,
    timings,
)

from lab.experiments.measure.counting import Counted, Kind, without_routes
from lab.experiments.spike.agreement import agreement
from lab.experiments.spike.evidence import Evidence
from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.replicas import Seen
from lab.facts import Service

Line = dict[str, Any]
Change = Callable[[Line], Line | None]


def failing(run: Evidence) -> set[str]:
    return {check.name for check in judge(run, Limits()).checks if not check.passed}


def changed(change: Change) -> Evidence:
    """Change each line of the clients' log; None leaves it out. The signals see the rest."""
    return rests_on(read([line for each in lines() if (line := change(each)) is not None]))


def of(line: Line, service: str, start: float = 0.0, end: float = PLAN.seconds) -> bool:
    """Whether a line is about a request to a service that was due in a time."""
    due = line.get("due", -1.0) - BEGAN
    return line.get("service") == service and start <= due < end


def frozen(service: str, start: float, seconds: float) -> Evidence:
    """Let a service stand still: who asks then waits for its end, and misses slots meanwhile."""
    end, waiting = start + seconds, set[int]()

    def freeze(line: Line) -> Line | None:
        if not of(line, service, start, end):
            return line
        due = line["due"] - BEGAN
        user = round(due % 1 * 100)
        if user in waiting:
            return missed(due, service, until=end)
        waiting.add(user)
        return line | {"latency_ms": 1000 * (end - due) + 5}

    return changed(freeze)


@pytest.mark.parametrize("seconds", [3, 8, 10, 20, 29])
def test_a_control_that_stands_still_fails_by_what_was_due(seconds: float) -> None:
    run = frozen("port", SPIKE_AT + 20, seconds)
    assert failing(run) >= {"control-served", "control-worst", "control-p99"}
    figures = judge(run, Limits()).control.phases["spike"]
    assert figures.worst_ms == pytest.approx(1000 * seconds, rel=0.1)
    assert figures.due == 750


@pytest.mark.parametrize("start", [10.0, SPIKE_AT + 60, SPIKE_END + 20])
def test_a_target_that_stands_still_fails_whenever_it_does(start: float) -> None:
    assert failing(frozen("laptops", start, 8)) >= {"target-served", "target-worst"}


def test_two_of_three_spike_requests_that_are_never_due_fail() -> None:
    numbers = Counter[str]()

    def thin(line: Line) -> Line | None:
        if of(line, "laptops", SPIKE_AT, SPIKE_END):
            numbers["all"] += 1
            return line if numbers["all"] % 3 == 0 else None
        return line

    assert failing(changed(thin)) == {"load-offered"}


def test_two_of_three_spike_requests_that_are_due_and_never_sent_fail() -> None:
    numbers = Counter[str]()

    def drop(line: Line) -> Line | None:
        if line["kind"] == "request" and of(line, "laptops", SPIKE_AT, SPIKE_END):
            numbers["all"] += 1
            due = line["due"] - BEGAN
            return line if numbers["all"] % 3 == 0 else missed(due, "laptops", until=due + 1)
        return line

    assert "target-served" in failing(changed(drop))


def slower(service: str, extra_ms: float, *, one_in: int = 1, start: float = 0.0) -> Evidence:
    numbers = Counter[str]()

    def slow(line: Line) -> Line:
        if line["kind"] == "request" and of(line, service, start):
            numbers["all"] += 1
            if numbers["all"] % one_in == 0:
                return line | {"latency_ms": line["latency_ms"] + extra_ms}
        return line

    return changed(slow)


@pytest.mark.parametrize("start", [0.0, SPIKE_AT])
def test_a_control_that_is_40_ms_slower_fails_by_its_median_alone(start: float) -> None:
    assert failing(slower("port", 40, start=start)) == {"control-latency"}


def test_a_control_that_is_ten_times_slower_throughout_fails() -> None:
    assert failing(slower("port", 2000)) >= {"control-latency", "control-p95", "control-p99"}


@pytest.mark.parametrize(
    ("one_in", "extra_ms", "checks"),
    [
        (33, 9_800, {"control-p99", "control-worst"}),
        (15, 200, {"control-p95"}),
        (60, 400, {"control-p99"}),
        (2000, 2_000, set()),
        (1000, 2_000, {"control-worst"}),
    ],
)
def test_a_share_of_slow_control_requests_fails_by_its_percentile(
    one_in: int, extra_ms: float, checks: set[str]
) -> None:
    assert failing(slower("port", extra_ms, one_in=one_in)) == checks


@pytest.mark.parametrize("status", [0, 404, 500, 503])
def test_one_failed_control_request_fails(status: int) -> None:
    once = iter([True])

    def fail(line: Line) -> Line:
        if line["kind"] == "request" and of(line, "port", SPIKE_AT) and next(once, False):
            return line | {"status": status, "error": "failed"}
        return line

    assert failing(changed(fail)) == {"control-errors"}


def scaled(service: Service, **changes: object) -> Evidence:
    run = evidence()
    return replace(
        run, replicas={**run.replicas, service: replace(run.replicas[service], **changes)}
    )


def test_replicas_that_stay_up_fail() -> None:
    run = evidence()
    stays = seen([(0.0, 1), (SPIKE_AT + 6, 4)])
    assert failing(replace(run, replicas={**run.replicas, "laptops": stays})) == {
        "target-came-back"
    }


def test_one_replica_more_for_the_control_fails() -> None:
    grown = seen([(0.0, 1), (SPIKE_AT + 6, 2), (SPIKE_AT + 20, 1)])
    run = evidence()
    assert failing(replace(run, replicas={**run.replicas, "port": grown})) == {"control-replicas"}


def test_a_replica_that_only_the_scaler_knows_fails() -> None:
    busy = [(time, value + 1) for time, value in evidence().replicas["laptops"].scaler]
    assert failing(scaled("laptops", scaler=busy)) == {"replicas-agree-laptops"}


@pytest.mark.parametrize("source", ["up", "requests"])
def test_a_replica_that_one_source_does_not_see_fails(source: str) -> None:
    fewer = getattr(evidence().replicas["laptops"], source)[:-1]
    assert failing(scaled("laptops", **{source: fewer})) == {"replicas-agree-laptops"}


def test_a_hidden_replica_of_the_control_fails() -> None:
    both = evidence().replicas["laptops"].up[:2]
    assert failing(scaled("port", up=both)) == {"replicas-agree-port"}


def test_one_sample_of_a_replica_count_in_three_minutes_fails() -> None:
    one = evidence().replicas["port"].scaler[90:91]
    assert failing(scaled("port", scaler=one)) == {"replicas-sampled"}


@pytest.mark.parametrize("gap", [(SPIKE_AT + 40, SPIKE_AT + 50), (SPIKE_END, SPIKE_END + 9)])
def test_a_prometheus_that_is_away_for_a_while_fails(gap: tuple[float, float]) -> None:
    def away(seen: Seen) -> Seen:
        return replace(
            seen,
            scaler=[s for s in seen.scaler if not gap[0] < s[0] - BEGAN < gap[1]],
            up=[
                replace(e, samples=[s for s in e.samples if not gap[0] < s[0] - BEGAN < gap[1]])
                for e in seen.up
            ],
        )

    run = evidence()
    gone: dict[Service, Seen] = {name: away(each) for name, each in run.replicas.items()}
    assert failing(replace(run, replicas=gone)) == {"replicas-sampled"}


def test_no_replica_samples_at_all_fail() -> None:
    run = replace(evidence(), replicas={"laptops": Seen(), "port": Seen()})
    expected = {
        "target-scaled-out", "target-came-back", "control-replicas", "replicas-sampled",
        "replicas-agree-laptops", "replicas-agree-port",
    }  # fmt: skip
    assert failing(run) == expected


def test_no_baseline_fails() -> None:
    def skip(line: Line) -> Line | None:
        return None if of(line, "port", PLAN.warmup, SPIKE_AT) else line

    assert failing(changed(skip)) >= {"control-baseline", "load-offered"}
    nothing_planned = replace(evidence(), plan=replace(PLAN, baseline=0.0))
    assert "load-offered" in failing(nothing_planned)


@pytest.mark.parametrize("signal", ["gateway", "metrics", "logs", "spans"])
@pytest.mark.parametrize("times", [0.99, 0.0, 1.01, 2.0])
def test_a_signal_that_lost_or_doubled_some_fails(signal: str, times: float) -> None:
    run = evidence()
    platform = served(run.log)
    counted: Counted = getattr(platform["port"], signal)
    wrong = {kind: round(count * times) for kind, count in counted.items()}
    platform["port"] = platform["port"]._replace(**{signal: wrong})
    assert failing(replace(run, agreement=agreement(run.log, platform))) == {"signals-agree-port"}


def test_one_request_under_another_status_fails_though_the_sums_agree() -> None:
    run = evidence()
    platform = served(run.log)
    logs = dict(platform["laptops"].logs)
    kind = Kind("GET", "/laptops", "200")
    logs[kind] -= 1
    logs[kind._replace(status="500")] = 1
    platform["laptops"] = platform["laptops"]._replace(logs=logs)
    counts = agreement(run.log, platform)
    assert counts[0].logs == counts[0].client
    assert failing(replace(run, agreement=counts)) == {"signals-agree-laptops"}


def test_no_request_at_all_does_not_count_as_agreement() -> None:
    def none(line: Line) -> Line | None:
        return None if of(line, "port") else line

    assert "signals-agree-port" in failing(changed(none))


def test_own_work_that_grows_behind_a_faster_supplier_fails_alone() -> None:
    run = evidence()
    busy = replace(timings(), supplier=histogram(128.0))
    assert failing(replace(run, timings={**run.timings, "port": busy})) == {"control-own-work"}


def test_own_work_of_61_ms_instead_of_9_fails() -> None:
    run = evidence()
    calm, busy = timings(own_ms=9.0), timings(own_ms=61.0)
    assert failing(replace(run, timings={**run.timings, "port": calm})) == set()
    assert failing(replace(run, timings={**run.timings, "port": busy})) == {"control-own-work"}


def test_a_gateway_that_measures_longer_than_the_service_fails() -> None:
    run = evidence()
    apart = replace(timings(), gateway=histogram(230.0))
    assert failing(replace(run, timings={**run.timings, "port": apart})) == {"durations-agree-port"}


def test_durations_that_nobody_measured_fail() -> None:
    run = replace(evidence(), timings={"laptops": timings(), "port": type(timings())()})
    assert failing(run) == {"control-own-work", "durations-agree-port"}


@pytest.mark.parametrize("at", [3.0, SPIKE_AT + 10, SPIKE_END + 10])
def test_a_locust_that_ends_early_fails(at: float) -> None:
    def end(line: Line) -> Line | None:
        return line if line["time"] < BEGAN + at else None

    assert "load-complete" in failing(changed(end))


def test_a_locust_that_never_comes_to_its_end_fails() -> None:
    def endless(line: Line) -> Line | None:
        return None if line.get("phase") == "end" else line

    assert failing(changed(endless)) == {"load-complete"}


def test_a_locust_that_starves_fails() -> None:
    def late(line: Line) -> Line:
        starving = line["kind"] == "users" and line["time"] - BEGAN == SPIKE_AT + 30
        return line | {"late_ms": 4_000.0} if starving else line

    assert failing(changed(late)) == {"load-on-time"}


def test_what_is_turned_away_before_it_has_a_route_is_compared_without_one() -> None:
    def turn_away(line: Line) -> Line:
        away = of(line, "laptops", SPIKE_AT + 5, SPIKE_AT + 6) and line["kind"] == "request"
        return line | {"status": 503, "error": "busy"} if away else line

    run = changed(turn_away)
    platform = served(run.log)
    nowhere = {
        kind._replace(route="" if kind.status == "503" else kind.route): count
        for kind, count in platform["laptops"].logs.items()
    }
    platform["laptops"] = platform["laptops"]._replace(metrics=nowhere, logs=nowhere, spans=nowhere)
    assert [counts.apart for counts in agreement(run.log, platform)] == [0, 0]
    lost = {kind: count - (kind.status == "503") for kind, count in nowhere.items()}
    platform["laptops"] = platform["laptops"]._replace(logs=lost)
    assert [counts.apart for counts in agreement(run.log, platform)] == [1, 0]


def test_a_signal_that_forgets_its_routes_fails() -> None:
    run = evidence()
    platform = served(run.log)
    platform["port"] = platform["port"]._replace(spans=without_routes(platform["port"].spans))
    assert failing(replace(run, agreement=agreement(run.log, platform))) == {"signals-agree-port"}
