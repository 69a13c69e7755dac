"""Count the requests of a window in four places that do not know of each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lab.errors import LabError
from lab.experiments.measure.increase import births_of, total_increase
from lab.experiments.spike.plan import SERVICES, Service
from lab.experiments.spike.verdict import Counts

if TYPE_CHECKING:
    from lab.experiments.measure.backends import Backends

LOOKBACK_SECONDS = 30.0
"""How far before the window a counter is looked up, to know what it began with."""


class Waiting(NamedTuple):
    """How time passes; a test replaces it."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


WAITING = Waiting()


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
        end = time.time()
        return Served(
            gateway=self._rise(gateway_selector(service), end),
            metrics=self._rise(metrics_selector(service), end, births=births_selector(service)),
            logs=self._backends.count_logs(logs_query(service), self._start, end),
            spans=self._rise(spans_selector(service), end),
        )

    def all_served(self) -> dict[Service, Served]:
        """Count both services up to now."""
        return {service: self.served(service) for service in SERVICES}

    def _rise(self, selector: str, end: float, *, births: str | None = None) -> int:
        since = self._start - LOOKBACK_SECONDS
        series = self._backends.raw_series(selector, since, end)
        starts = self._backends.raw_series(births, since, end) if births else []
        return total_increase(series, self._start, end, births_of(starts))


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
    deadline = waiting.clock() + timeout_seconds
    counts, since = count(), waiting.clock()
    while waiting.clock() - since < quiet_seconds:
        if waiting.clock() > deadline:
            raise LabError(
                f"Requests are still being counted after {timeout_seconds:g} s. "
                "Stop what else sends requests to the gateway, then try again."
            )
        waiting.sleep(1.0)
        latest = count()
        if latest != counts:
            counts, since = latest, waiting.clock()
    return counts


def agreement(client: dict[Service, int], served: dict[Service, Served]) -> list[Counts]:
    """Put the clients' counts beside the platform's."""
    return [
        Counts(service=service, client=client[service], **served[service]._asdict())
        for service in SERVICES
    ]
