"""From the clients' log and the backends' answers to the verdict. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from lab.experiments.spike import statistics
from lab.experiments.spike.checks import all_checks
from lab.experiments.spike.plan import PHASES, Limits, Phase, Plan
from lab.experiments.spike.verdict import Group, PhaseFigures, ReplicaSeconds, Verdict
from lab.facts import Service
from lab.report.model import Replicas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.experiments.measure.increase import Sample
    from lab.experiments.spike.clientlog import ClientLog, Request
    from lab.experiments.spike.verdict import Counts

LATE_SHARE = 0.25
"""The last part of the spike, as a share of it: by then the target must have recovered."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a verdict rests on."""

    plan: Plan
    log: ClientLog
    replicas: Mapping[Service, Sequence[Sample]]
    """Raw samples: a time in seconds since the epoch and the replicas at it."""
    agreement: Sequence[Counts]
    busy: Sequence[Sample] = ()
    """How busy the machine was: a time, and percent of all its cores."""


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    """Weigh the evidence."""
    plan, phases = evidence.plan, evidence.log.phases
    target, control = (group(evidence, service, limits) for service in (plan.target, plan.control))
    late = statistics.percentile(_latencies(_late_requests(evidence)), 95)
    checks = all_checks(target, control, evidence.agreement, limits, late_p95_ms=late)
    began = phases["warmup"]
    return Verdict(
        passed=all(check.passed for check in checks),
        autoscale=plan.autoscale,
        started=datetime.fromtimestamp(began, UTC),
        seconds=round(phases["end"] - began, 3),
        phase_starts={phase: round(time - began, 3) for phase, time in phases.items()},
        objective_ms=limits.objective_ms,
        target=target,
        control=control,
        checks=checks,
        agreement=list(evidence.agreement),
        replica_seconds=replica_seconds(evidence),
        machine_busy_percent={phase: busy_percent(evidence, phase) for phase in PHASES},
    )


def group(evidence: Evidence, service: Service, limits: Limits) -> Group:
    """Sum up one service."""
    steps = changes(evidence.replicas[service], evidence.log.phases["warmup"])
    requests = evidence.log.of(service)
    return Group(
        service=service,
        requests=len(requests),
        errors=sum(request.error is not None for request in requests),
        phases={phase: figures(evidence, service, phase) for phase in PHASES},
        replicas=steps,
        first_scale_up_seconds=first_scale_up(steps, _spike_start(evidence)),
        recovered_seconds=_recovered(evidence, service, limits.objective_ms),
    )


def figures(evidence: Evidence, service: Service, phase: Phase) -> PhaseFigures:
    """Sum up one service in one phase."""
    sent = statistics.between(evidence.log.of(service), *_bounds(evidence.log, phase))
    failed = [request for request in sent if request.error is not None]
    p50, p95, p99 = (statistics.percentile(_latencies(sent), percent) for percent in (50, 95, 99))
    return PhaseFigures(
        offered=offered(evidence.log, service, phase),
        served=len(sent) - len(failed),
        errors=len(failed),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
    )


def offered(log: ClientLog, service: Service, phase: Phase) -> int:
    """Count what the users who were there in a phase were due to send: one request a second."""
    start, end = _bounds(log, phase)
    before = [users for users in log.users if users.time <= start][-1:]
    within = [users for users in log.users if start < users.time < end]
    points = [(max(users.time, start), float(users.counts.get(service, 0))) for users in before]
    points += [(users.time, float(users.counts.get(service, 0))) for users in within]
    return round(statistics.area(points, end))


def busy_percent(evidence: Evidence, phase: Phase) -> float | None:
    """Average how busy the machine was in a phase."""
    start, end = _bounds(evidence.log, phase)
    within = [value for time, value in evidence.busy if start <= time < end]
    return round(sum(within) / len(within), 1) if within else None


def changes(samples: Sequence[Sample], began: float) -> list[Replicas]:
    """Keep the samples at which the count is another than before; the first is the count at 0."""
    steps: list[Replicas] = []
    for time, value in samples:
        if not steps or steps[-1].replicas != int(value):
            seconds = max(0.0, round(time - began, 3)) if steps else 0.0
            steps.append(Replicas(seconds=seconds, replicas=int(value)))
    return steps


def first_scale_up(steps: Sequence[Replicas], spike_start: float) -> float | None:
    """Return the seconds from the begin of the spike to the first further replica."""
    for before, after in pairwise(steps):
        if after.replicas > before.replicas and after.seconds >= spike_start:
            return round(after.seconds - spike_start, 3)
    return None


def replica_seconds(evidence: Evidence) -> ReplicaSeconds:
    """Add up what was used, and what two services in one deployable would have used."""
    began, end = evidence.log.phases["warmup"], evidence.log.phases["end"]
    series = [
        [(step.seconds, float(step.replicas)) for step in changes(samples, began)]
        for samples in evidence.replicas.values()
    ]
    larger = _larger(*series) if all(series) else []
    return ReplicaSeconds(
        used=round(sum(statistics.area(points, end - began) for points in series), 1),
        together=round(2 * statistics.area(larger, end - began), 1),
    )


def _larger(
    one: Sequence[statistics.Point], two: Sequence[statistics.Point]
) -> list[statistics.Point]:
    moments = sorted({x for x, _ in [*one, *two]})
    return [(x, max(_value_at(one, x), _value_at(two, x))) for x in moments]


def _value_at(points: Sequence[statistics.Point], x: float) -> float:
    return next((y for at, y in reversed(points) if at <= x), points[0][1])


def _latencies(requests: Sequence[Request]) -> list[float]:
    return [request.latency_ms for request in requests]


def _bounds(log: ClientLog, phase: Phase) -> tuple[float, float]:
    order = [*PHASES, "end"]
    following = order[order.index(phase) + 1]
    return log.phases[phase], log.phases[following]


def _spike_start(evidence: Evidence) -> float:
    return evidence.log.phases["spike"] - evidence.log.phases["warmup"]


def _late_requests(evidence: Evidence) -> list[Request]:
    start, end = _bounds(evidence.log, "spike")
    late = end - LATE_SHARE * (end - start)
    return statistics.between(evidence.log.of(evidence.plan.target), late, end)


def _recovered(evidence: Evidence, service: Service, objective_ms: float) -> float | None:
    start, end = _bounds(evidence.log, "spike")
    points = statistics.p95_series(evidence.log.of(service), start, end)
    return statistics.first_below_for_good(points, objective_ms)
