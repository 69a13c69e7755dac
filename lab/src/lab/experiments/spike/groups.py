"""What the clients of one service saw, and where the time of its requests went. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.replicas import changes
from lab.experiments.spike import machine, statistics
from lab.experiments.spike.machine import GATEWAY, LOCUST
from lab.experiments.spike.plan import PHASES, Limits, Phase
from lab.experiments.spike.replicas import first_scale_up
from lab.experiments.spike.verdict import Group, MeanTimes, PhaseFigures
from lab.facts import SERVICES, Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.spike.clientlog import Slot
    from lab.experiments.spike.evidence import Evidence

LATE_SHARE = 0.25
"""The last part of the spike, as a share of it: by then the target must have recovered."""


def group(evidence: Evidence, service: Service, limits: Limits) -> Group:
    """Sum up one service."""
    steps = changes(evidence.replicas[service].scaler, evidence.began)
    requests = evidence.log.of(service)
    return Group(
        service=service,
        requests=len(requests),
        errors=sum(request.error is not None for request in requests),
        phases={phase: figures(evidence, service, phase) for phase in PHASES},
        times={phase: mean_times(evidence, service, phase) for phase in PHASES},
        replicas=steps,
        first_scale_up_seconds=first_scale_up(steps, evidence.phases["spike"] - evidence.began),
        recovered_seconds=_recovered(evidence, service, limits.objective_ms),
    )


def figures(evidence: Evidence, service: Service, phase: Phase) -> PhaseFigures:
    """Sum up one service in one phase: all that was due in it."""
    bounds = evidence.bounds(phase)
    due = statistics.due_between(evidence.log.slots(service), *bounds)
    sent = [
        request
        for request in evidence.log.of(service)
        if request.due is not None and bounds[0] <= request.due < bounds[1]
    ]
    latencies = [slot.latency_ms for slot in due]
    p50, p95, p99, worst = (statistics.percentile(latencies, part) for part in (50, 95, 99, 100))
    return PhaseFigures(
        due=len(due),
        missed=len(due) - len(sent),
        served=sum(slot.served for slot in due),
        errors=sum(request.error is not None for request in sent),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        worst_ms=worst,
        sent_p95_ms=statistics.percentile((request.latency_ms for request in sent), 95),
    )


def offered_percent(evidence: Evidence, service: Service, phase: Phase) -> float | None:
    """Return what was due in a phase, of what the plan says; None when it plans nothing."""
    planned = evidence.plan.due(service, phase)
    due = statistics.due_between(evidence.log.slots(service), *evidence.bounds(phase))
    return round(100 * len(due) / planned, 3) if planned else None


def late_p95_ms(evidence: Evidence) -> float | None:
    """Return the target's p95 in the last part of the spike."""
    return statistics.percentile((slot.latency_ms for slot in _late(evidence)), 95)


def settled_percent(evidence: Evidence) -> float | None:
    """Return what the target served of what was due, while it was not being scaled up."""
    slots = evidence.log.slots(evidence.plan.target)
    parts = [
        statistics.due_between(slots, *evidence.bounds("baseline")),
        _late(evidence),
        statistics.due_between(slots, *evidence.bounds("recovery")),
    ]
    return statistics.least(
        100 * sum(slot.served for slot in part) / len(part) if part else None for part in parts
    )


def mean_times(evidence: Evidence, service: Service, phase: Phase) -> MeanTimes:
    """Split the mean request of a phase into where its time went."""
    start, end = evidence.bounds(phase)
    timings = evidence.timings[service]
    sent = [
        (request.sent - request.due, request.latency_ms)
        for request in evidence.log.of(service)
        if request.due is not None and start <= request.due < end
    ]
    late = statistics.mean(1000 * lateness for lateness, _ in sent)
    client = statistics.mean(latency for _, latency in sent)
    gateway, own = timings.gateway.mean_ms(start, end), timings.service.mean_ms(start, end)
    return MeanTimes(
        late_ms=late,
        client_to_gateway_ms=_less(client, gateway),
        gateway_to_service_ms=_less(gateway, own),
        supplier_ms=_less(timings.supplier_ms(start, end), 0.0),
        own_ms=_less(timings.own_ms(start, end), 0.0),
        run_queue_ms=_run_queue_ms(evidence, service, phase),
    )


def _run_queue_ms(evidence: Evidence, service: Service, phase: Phase) -> float | None:
    """Return how long the threads that serve a request waited for a core, on average."""
    bounds = evidence.bounds(phase)
    of_service, of_all = (
        sum(evidence.timings[each].gateway.count(*bounds) for each in which)
        for which in ((service,), SERVICES)
    )
    waits = (
        (machine.run_queue_seconds(evidence.moments, f"{service}-", *bounds), of_service),
        (machine.run_queue_seconds(evidence.moments, GATEWAY, *bounds), of_all),
        (machine.run_queue_seconds(evidence.moments, LOCUST, *bounds), of_all),
    )
    known = [1000 * seconds / count for seconds, count in waits if seconds is not None and count]
    return round(sum(known), 3) if len(known) == len(waits) else None


def _less(value: float | None, part: float | None) -> float | None:
    return None if value is None or part is None else round(value - part, 3)


def _late(evidence: Evidence) -> Sequence[Slot]:
    start, end = evidence.bounds("spike")
    late = end - LATE_SHARE * (end - start)
    return statistics.due_between(evidence.log.slots(evidence.plan.target), late, end)


def _recovered(evidence: Evidence, service: Service, objective_ms: float) -> float | None:
    points = statistics.p95_series(evidence.log.slots(service), *evidence.bounds("spike"))
    return statistics.first_below_for_good(points, objective_ms)
