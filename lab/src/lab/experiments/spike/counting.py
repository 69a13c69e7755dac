"""Count the requests of a window in four places that do not know of each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lab.errors import LabError
from lab.experiments.spike.verdict import Counts
from lab.facts import SERVICES, Service
from lab.waiting import WAITING, Waiting, settled

if TYPE_CHECKING:
    from lab.experiments.measure.backends import Backends


class Served(NamedTuple):
    """What the platform counted for one service."""

    gateway: int
    metrics: int
    logs: int
    spans: int


class Counter:
    """Counts what each signal saw since a moment."""

    def __init__(self, backends: Backends, start: float) -> None:
        self._backends = backends
        self._start = start

    def served(self, service: Service) -> Served:
        """Count up to now."""
        ask, window = self._backends, (self._start, time.time())
        return Served(
            gateway=ask.rise(gateway_selector(service), *window),
            metrics=ask.rise(metrics_selector(service), *window, births=births_selector(service)),
            logs=ask.count_logs(logs_query(service), *window),
            spans=ask.rise(spans_selector(service), *window),
        )

    def all_served(self) -> dict[Service, Served]:
        """Count both services up to now."""
        return {service: self.served(service) for service in SERVICES}


def gateway_selector(service: Service) -> str:
    """Select what the gateway let in for a service."""
    return f'traefik_entrypoint_requests_total{{entrypoint="{service}"}}'


def metrics_selector(service: Service) -> str:
    """Select the count of the service's own histogram."""
    return f'http_server_request_duration_seconds_count{{job="{service}"}}'


def births_selector(service: Service) -> str:
    """Select when each of the service's processes began."""
    return f'process_start_time_seconds{{job="{service}"}}'


def spans_selector(service: Service) -> str:
    """Select the SERVER spans that the collector counted before it sampled."""
    labels = f'service_name="{service}",span_kind="SPAN_KIND_SERVER"'
    return f"traces_span_metrics_calls_total{{{labels}}}"


def logs_query(service: Service) -> str:
    """Select the canonical log lines of a service."""
    return f'{{service.name="{service}"}} _msg:="http.request"'


def settle(
    count: Callable[[], dict[Service, Served]],
    *,
    quiet_seconds: float,
    timeout_seconds: float = 60.0,
    waiting: Waiting = WAITING,
) -> dict[Service, Served]:
    """Count again and again until nothing has moved for `quiet_seconds`; return the last counts.

    What was on its way has then arrived: the last scrape, the last flush of the span metrics, the
    last batch of logs. Raises `LabError` when counts still move at the deadline.
    """
    last = settled(count, quiet_seconds=quiet_seconds, seconds=timeout_seconds, waiting=waiting)
    if not last.quiet:
        raise LabError(
            f"Requests are still being counted after {timeout_seconds:g} s. "
            "Stop what else sends requests to the gateway, then try again."
        )
    return last.value


def agreement(client: dict[Service, int], served: dict[Service, Served]) -> list[Counts]:
    """Put the clients' counts beside the platform's."""
    return [
        Counts(service=service, client=client[service], **served[service]._asdict())
        for service in SERVICES
    ]
