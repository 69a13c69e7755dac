"""What is going on right now, for a person who watches. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.experiments.spike import statistics
from lab.facts import SERVICES, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.experiments.spike.clientlog import ClientLog

WINDOW_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Now:
    """One service at this moment. `p95_ms` is None when nothing was answered lately."""

    service: Service
    users: int
    per_second: float
    p95_ms: float | None
    errors: int
    replicas: int | None
    desired: int | None


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """Both services at this moment; `seconds` since the load began, out of `total`."""

    seconds: float
    total: float
    phase: str
    services: tuple[Now, ...]
    decision: str = ""
    """The scaler's last change, in words."""


@dataclass(frozen=True, kw_only=True)
class ScalerState:
    """What the scaler says of both services; a service that it does not name is unknown."""

    replicas: Mapping[str, float]
    desired: Mapping[str, float]
    decision: str = ""


def glimpse(log: ClientLog, scaler: ScalerState, *, now: float, total: float) -> Glimpse:
    """Sum up the last seconds of the clients' log. `now` is in seconds since the epoch."""
    began = log.phases.get("warmup", now)
    return Glimpse(
        seconds=now - began,
        total=total,
        phase=next(reversed(log.phases), "starting"),
        services=tuple(_service(log, scaler, service, now) for service in SERVICES),
        decision=scaler.decision,
    )


def _service(log: ClientLog, scaler: ScalerState, service: Service, now: float) -> Now:
    all_requests = log.of(service)
    recent = [request for request in all_requests if request.ended > now - WINDOW_SECONDS]
    return Now(
        service=service,
        users=log.users[-1].counts.get(service, 0) if log.users else 0,
        per_second=len(recent) / WINDOW_SECONDS,
        p95_ms=statistics.percentile((request.latency_ms for request in recent), 95),
        errors=sum(request.error is not None for request in all_requests),
        replicas=_whole(scaler.replicas.get(service)),
        desired=_whole(scaler.desired.get(service)),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
