"""From the evidence to the verdict. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime

from lab.experiments.spike import groups, machine, replicas, statistics
from lab.experiments.spike.checks import Findings, all_checks
from lab.experiments.spike.evidence import SETTLING_SECONDS, Evidence
from lab.experiments.spike.plan import PHASES, Limits
from lab.experiments.spike.verdict import Durations, Load, Machine, MachinePhase, Verdict
from lab.facts import SERVICES, Service


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    """Weigh the evidence."""
    found = findings(evidence, limits)
    checks = all_checks(found, limits)
    began = evidence.began
    return Verdict(
        passed=all(check.passed for check in checks),
        checks=checks,
        autoscale=evidence.plan.autoscale,
        started=datetime.fromtimestamp(began, UTC),
        seconds=round(evidence.ended - began, 3),
        phase_starts={phase: round(time - began, 3) for phase, time in evidence.phases.items()},
        objective_ms=limits.objective_ms,
        load=found.load,
        target=found.target,
        control=found.control,
        agreement=list(found.agreement),
        durations=list(found.durations),
        replica_sources=list(found.replica_sources),
        replica_seconds=replicas.seconds_used(
            [each.scaler for each in evidence.replicas.values()], began, evidence.ended
        ),
        machine=_machine(evidence),
    )


def findings(evidence: Evidence, limits: Limits) -> Findings:
    """Turn raw samples into the figures that the checks look at."""
    plan = evidence.plan
    return Findings(
        planned_seconds=plan.seconds,
        load=_load(evidence),
        target=groups.group(evidence, plan.target, limits),
        control=groups.group(evidence, plan.control, limits),
        late_p95_ms=groups.late_p95_ms(evidence),
        settled_percent=groups.settled_percent(evidence),
        agreement=evidence.agreement,
        durations=[_durations(evidence, service) for service in SERVICES],
        replica_sources=[
            replicas.sources(service, evidence.replicas[service], evidence.began, evidence.ended)
            for service in SERVICES
        ],
    )


def _load(evidence: Evidence) -> Load:
    ended = evidence.log.phases.get("end")
    offered = [
        groups.offered_percent(evidence, service, phase) for service in SERVICES for phase in PHASES
    ]
    late = [users.late_ms for users in evidence.log.users if users.time <= evidence.ended]
    return Load(
        lasted_seconds=None if ended is None else round(ended - evidence.began, 3),
        offered_percent=statistics.least(offered),
        lateness_ms=max(late, default=None),
    )


def _durations(evidence: Evidence, service: Service) -> Durations:
    timings, end = evidence.timings[service], evidence.ended + SETTLING_SECONDS
    gateway, own = (
        histogram.mean_ms(evidence.began, end) for histogram in (timings.gateway, timings.service)
    )
    return Durations(service=service, gateway_ms=_rounded(gateway), service_ms=_rounded(own))


def _machine(evidence: Evidence) -> Machine:
    moments = evidence.moments
    return Machine(
        calm=evidence.busy_before_percent is None,
        busy_before_percent=evidence.busy_before_percent,
        phases={
            phase: MachinePhase(
                busy_percent=machine.busy_percent(moments, *evidence.bounds(phase)),
                pressure_percent=machine.pressure_percent(moments, *evidence.bounds(phase)),
            )
            for phase in PHASES
        },
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
