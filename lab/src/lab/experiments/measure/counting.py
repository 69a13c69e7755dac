"""Count the requests of a window by method, route and status, in four places of the platform."""

from __future__ import annotations

import re
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lab.errors import LabError
from lab.experiments.measure.backends import LOOKBACK_SECONDS
from lab.experiments.measure.increase import births_of, increase
from lab.facts import SERVICES, Service
from lab.waiting import WAITING, Waiting, settled
from threesignals import names

if TYPE_CHECKING:
    from lab.experiments.measure.backends import Backends

LABELS = ("http_request_method", "http_route", "http_response_status_code")
FIELDS = (names.HTTP_REQUEST_METHOD, names.HTTP_ROUTE, names.HTTP_RESPONSE_STATUS_CODE)


class Kind(NamedTuple):
    """What a request was; all signals say it in the same words."""

    method: str
    route: str
    """Its parameters are `{}`; empty for the gateway, and for what was turned away before."""
    status: str
    """Empty when no answer came."""


Counted = dict[Kind, int]


class Served(NamedTuple):
    """What the platform counted for one service."""

    gateway: Counted
    metrics: Counted
    logs: Counted
    spans: Counted


class Sent(Protocol):
    """One request as its client saw it; status 0 when no answer came."""

    @property
    def method(self) -> str:
        """Its method."""

    @property
    def name(self) -> str:
        """Its route, with parameters."""

    @property
    def status(self) -> int:
        """The answer's status."""


class Counter:
    """Counts what each signal saw since a moment."""

    def __init__(self, backends: Backends, start: float) -> None:
        self._backends = backends
        self._start = start

    def served(self, service: Service) -> Served:
        """Count up to now."""
        end = time.time()
        return Served(
            gateway=self._rise(gateway_selector(service), end, ("method", "", "code")),
            metrics=self._rise(
                metrics_selector(service), end, LABELS, births=births_selector(service)
            ),
            logs=self._lines(service, end),
            spans=self._rise(spans_selector(service), end, LABELS),
        )

    def all_served(self) -> dict[Service, Served]:
        """Count both services up to now."""
        return {service: self.served(service) for service in SERVICES}

    def _rise(
        self, selector: str, end: float, labels: tuple[str, str, str], births: str | None = None
    ) -> Counted:
        since = self._start - LOOKBACK_SECONDS
        starts = births_of(self._backends.raw_series(births, since, end)) if births else None
        return _totals(
            (_kind(series.labels, labels), increase(series, self._start, end, starts))
            for series in self._backends.raw_series(selector, since, end)
        )

    def _lines(self, service: Service, end: float) -> Counted:
        by = ", ".join(f'"{field}"' for field in FIELDS)
        query = f"{logs_query(service)} | stats by ({by}) count() hits"
        rows = self._backends.logs(query, self._start, end)
        return _totals((_kind(row, FIELDS), float(row["hits"])) for row in rows)


def of_clients(requests: Iterable[Sent]) -> Counted:
    """Count what the clients sent."""
    return _totals(
        (Kind(each.method, plain(each.name), str(each.status or "")), 1.0) for each in requests
    )


def plain(route: str) -> str:
    """Write a route's parameters alike, whatever a framework calls them; none is empty."""
    return "" if route == names.UNMATCHED_ROUTE else re.sub(r"<[^>]*>|\{[^}]*\}", "{}", route)


def without_routes(counted: Counted) -> Counted:
    """Add up what differs in its route only, as the gateway counts."""
    return _totals((kind._replace(route=""), float(count)) for kind, count in counted.items())


def _kind(values: Mapping[str, str], keys: tuple[str, str, str]) -> Kind:
    method, route, status = (values.get(key, "") for key in keys)
    return Kind(method, plain(route), status)


def _totals(counts: Iterable[tuple[Kind, float]]) -> Counted:
    totals: Tally[Kind] = Tally()
    for kind, count in counts:
        totals[kind] += count  # type: ignore[assignment]  # whole once all are added
    return {kind: round(count) for kind, count in totals.items() if round(count)}


def gateway_selector(service: Service) -> str:
    """Select what the gateway let in for a service."""
    return f'traefik_entrypoint_requests_total{{entrypoint="{service}"}}'


def metrics_selector(service: Service) -> str:
    """Select what the replicas of a service measured, those that are gone included."""
    return f'http_server_request_duration_seconds_count{{job="{service}"}}'


def births_selector(service: Service) -> str:
    """Select when the processes of a service began."""
    return f'process_start_time_seconds{{job="{service}"}}'


def spans_selector(service: Service) -> str:
    """Select the SERVER spans that the collector counted before it sampled."""
    labels = f'service_name="{service}",span_kind="SPAN_KIND_SERVER"'
    return f"traces_span_metrics_calls_total{{{labels}}}"


def logs_query(service: Service) -> str:
    """Select the canonical log lines of a service."""
    return f'{{service.name="{service}"}} event_name:="http.request"'


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
    counts = settled(count, quiet_seconds=quiet_seconds, seconds=timeout_seconds, waiting=waiting)
    if not counts.quiet:
        raise LabError(
            f"Requests are still being counted after {timeout_seconds:g} s. "
            "Stop what else sends requests to the gateway, then try again."
        )
    return counts.value
