"""What must hold for a spike to pass: every check in the order of the page. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.experiments.spike import check_control, check_evidence, check_load, check_target
from lab.experiments.spike.plan import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.spike.verdict import Counts, Durations, Group, Load, ReplicaSources
    from lab.report.model import Check


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the checks look at: figures, no raw samples."""

    planned_seconds: float
    load: Load
    target: Group
    control: Group
    late_p95_ms: float | None
    """The target's p95 in the last part of the spike."""
    settled_percent: float | None
    """The target's served requests of those due, while it is not being scaled up."""
    agreement: Sequence[Counts]
    durations: Sequence[Durations]
    replica_sources: Sequence[ReplicaSources]


def all_checks(findings: Findings, limits: Limits) -> list[Check]:
    """Judge a spike."""
    target, control = findings.target, findings.control
    return [
        *check_load.all_of(findings.load, findings.planned_seconds, limits),
        *check_target.replicas(target, limits),
        *check_target.requests(
            target,
            limits,
            late_p95_ms=findings.late_p95_ms,
            settled_percent=findings.settled_percent,
        ),
        *check_control.requests(control, limits),
        *check_control.latencies(control, limits),
        *check_evidence.all_of(
            findings.agreement, findings.durations, findings.replica_sources, limits
        ),
    ]
