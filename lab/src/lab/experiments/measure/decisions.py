"""What the scaler decided, from its own log lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lab.report.model import ScaleStep

if TYPE_CHECKING:
    from lab.experiments.measure.backends import Backends

QUERY = '{service.name="lab-autoscaler"} _msg:="scale.decision"'


class ScaleDecision(NamedTuple):
    """One decision that asks for another number of replicas."""

    time: float
    """Seconds since the epoch."""
    service: str
    usage: float | None
    """What the metric measured; None when it could not be read."""
    current: int
    desired: int
    reason: str
    """Kubernetes' word for why, and for what held it back."""


def decisions(backends: Backends, start: float, end: float) -> list[ScaleDecision]:
    """Return the decisions of a time that changed something, the oldest first."""
    every = [_read(record) for record in backends.logs(QUERY, start, end)]
    return sorted(decision for decision in every if decision.desired != decision.current)


def scale_steps(backends: Backends, began: float, ended: float) -> list[ScaleStep]:
    """Return the same as a page shows it, in seconds after the begin."""
    return [
        ScaleStep(
            seconds=round(each.time - began, 3),
            **{key: value for key, value in each._asdict().items() if key != "time"},
        )
        for each in decisions(backends, began, ended)
    ]


def in_words(decision: ScaleDecision) -> str:
    """Return a decision in a few words."""
    usage = "" if decision.usage is None else f" at {decision.usage:.0f} requests/s"
    return f"{decision.service} {decision.current} → {decision.desired}{usage}"


def _read(record: dict[str, Any]) -> ScaleDecision:
    usage = record.get("usage")
    reasons = (record.get("reason", ""), record.get("limited_by", ""))
    return ScaleDecision(
        time=datetime.fromisoformat(record["_time"]).timestamp(),
        service=record.get("service", ""),
        usage=None if usage is None else float(usage),
        current=int(record["current"]),
        desired=int(record["desired"]),
        reason=", ".join(reason for reason in reasons if reason),
    )
