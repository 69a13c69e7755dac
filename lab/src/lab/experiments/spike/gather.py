"""Collect what the page shows: curves from the clients' log, traces and log lines of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.experiments.measure.decisions import scale_steps
from lab.experiments.measure.replicas import changes
from lab.experiments.spike import statistics
from lab.experiments.spike.story import Curves, LogLine, RequestStory, Story
from lab.experiments.spike.waterfall import waterfall
from lab.facts import SERVICES, Service
from threesignals import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.measure.backends import Backends
    from lab.experiments.spike.clientlog import ClientLog, Request
    from lab.experiments.spike.evidence import Evidence

SLOWEST = 3
FAILED = 5
MARGIN_SECONDS = 5.0
SHOWN_FIELDS = (
    names.LOG_LEVEL,
    "severity",
    names.HTTP_REQUEST_METHOD,
    names.HTTP_ROUTE,
    names.HTTP_RESPONSE_STATUS_CODE,
    names.URL_PATH,
    names.DURATION_S,
    names.ERROR_TYPE,
    names.SERVICE_INSTANCE_ID,
)


def gather(evidence: Evidence, backends: Backends) -> Story:
    """Put the page's story together; asks Jaeger and VictoriaLogs for a few requests."""
    log = evidence.log
    began = evidence.began
    return Story(
        decisions=scale_steps(backends, began, evidence.ended),
        curves={service: curves(evidence, service) for service in SERVICES},
        slowest=[_tell(request, backends, began) for request in slowest(log)],
        failed=[_tell(request, backends, began) for request in failed(log)],
    )


def curves(evidence: Evidence, service: Service) -> Curves:
    """Draw one service over the time of the load."""
    log = evidence.log
    began, end = evidence.began, evidence.ended
    steps = changes(evidence.replicas[service].scaler, began)
    return Curves(
        users=_user_steps(log, service, began, end),
        rate=statistics.rate_series(log.of(service), began, end),
        p95=statistics.p95_series(log.slots(service), began, end),
        replicas=[(step.seconds, float(step.replicas)) for step in steps],
    )


def slowest(log: ClientLog) -> list[Request]:
    """Choose the slowest requests of each service, the slowest first."""
    chosen = [
        request
        for service in SERVICES
        for request in sorted(log.of(service), key=_latency)[-SLOWEST:]
    ]
    return sorted(chosen, key=_latency, reverse=True)


def failed(log: ClientLog) -> list[Request]:
    """Choose the first requests that failed."""
    return [request for request in log.requests if request.error is not None][:FAILED]


def _latency(request: Request) -> float:
    return request.latency_ms


def _user_steps(
    log: ClientLog, service: Service, began: float, end: float
) -> list[statistics.Point]:
    steps: list[statistics.Point] = []
    for sample in log.users:
        count = float(sample.counts.get(service, 0))
        if sample.time < end and (not steps or steps[-1][1] != count):
            steps.append((max(0.0, round(sample.time - began, 3)), count))
    return steps


def _tell(request: Request, backends: Backends, began: float) -> RequestStory:
    start, end = request.sent - MARGIN_SECONDS, request.ended + MARGIN_SECONDS
    records = backends.logs(f'trace_id:="{request.trace_id}"', start, end)
    return RequestStory(
        service="laptops" if request.service == "laptops" else "port",
        method=request.method,
        name=request.name,
        status=request.status,
        latency_ms=request.latency_ms,
        seconds=round(request.sent - began, 3),
        error=request.error,
        trace_id=request.trace_id,
        spans=waterfall(backends.trace(request.trace_id)),
        logs=log_lines(records),
    )


def log_lines(records: Sequence[dict[str, Any]]) -> list[LogLine]:
    """Order VictoriaLogs' records by time and keep the fields that a reader looks for."""
    ordered = sorted(records, key=lambda record: str(record["_time"]))
    return [
        LogLine(
            time=record["_time"],
            service=record.get(names.SERVICE_NAME, ""),
            message=record.get("_msg", ""),
            fields={key: str(record[key]) for key in SHOWN_FIELDS if key in record},
        )
        for record in ordered
    ]
