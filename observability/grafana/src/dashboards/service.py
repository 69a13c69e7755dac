"""Service: one dashboard for either service, by routes, causes and replicas."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from dashboards import promql, queries
from dashboards.board import Board, Row
from dashboards.panels import (
    BYTES,
    COUNT,
    REQUESTS_PER_SECOND,
    SECONDS,
    SHARE,
    Words,
    distribution,
    lines,
    log_lines,
    rows,
    trace_list,
)
from dashboards.promql import DURATION, REQUESTS, SPAN_CALLS, SPAN_DURATION, quantile, rate
from dashboards.queries import Metric
from dashboards.sources import PROMETHEUS

SERVICE = 'job="$service"'
ROUTE = f'{SERVICE}, http_route=~"$route"'
INNER = (
    'service_name="$service", span_kind!="SPAN_KIND_SERVER", '
    # What a replica does once, when it starts, is no step of a request.
    'span_name!~"(BEGIN|CREATE|PRAGMA).*"'
)
SILENT = "No request in this time"


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-service",
        title="Laptop Lab: service",
        description="One service by route, status, inner step and replica. Choose it above.",
        rows=(traffic(), failures(), duration(), causes(), saturation(), runtime(), evidence()),
        variables=variables(),
    )


def variables() -> tuple[QueryVariable, ...]:
    """Make the choices: the service, and which of its routes."""
    service = _variable("service", "Service", f"label_values({REQUESTS}, job)").current(
        VariableOption(selected=True, text="laptops", value="laptops")
    )
    route = _variable("route", "Route", f"label_values({REQUESTS}{{{SERVICE}}}, http_route)")
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    return service, route.include_all(True).all_value(".*").multi(True).current(everything)


def traffic() -> Row:
    """What is asked of the service."""
    routes = lines(
        Words("Requests by route", "Requests answered each second, by method and route.", SILENT),
        Metric(
            rate(REQUESTS, ROUTE, "http_request_method", "http_route"),
            "{{http_request_method}} {{http_route}}",
        ),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    statuses = lines(
        Words(
            "Requests by status",
            "The same requests by their answer. 4xx is the caller's mistake, 5xx the service's.",
            SILENT,
        ),
        Metric(rate(REQUESTS, ROUTE, "http_response_status_code"), "{{http_response_status_code}}"),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    return Row("What is asked?", (routes, statuses))


def failures() -> Row:
    """Which routes fail, and with what."""
    failed = lines(
        Words(
            "Errors by route",
            "Share of each route's requests that were answered with a 5xx.",
            SILENT,
            runbook="HighErrorRatio",
        ),
        Metric(promql.errors(ROUTE, "http_route"), "{{http_route}}"),
        unit=SHARE,
        limits=((0.05, "red"),),
        width=12,
    )
    types = lines(
        Words(
            "Errors by type",
            "Failed requests each second by error.type: the exception, or the status where none was raised.",
            "No request failed in this time",
            runbook="HighErrorRatio",
        ),
        Metric(rate(REQUESTS, f'{ROUTE}, error_type!=""', "error_type"), "{{error_type}}"),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    return Row("What fails?", (failed, types))


def duration() -> Row:
    """How long requests take: quantiles with exemplars, the whole distribution, and by route."""
    levels = [
        Metric(quantile(level, DURATION, ROUTE), f"p{level * 100:.0f}", level == 0.99)
        for level in (0.5, 0.95, 0.99)
    ]
    quantiles = lines(
        Words(
            "Duration",
            "Half, 19 of 20 and 99 of 100 requests were faster. The dots are single requests: "
            "a click opens the trace. The dashed line is the objective.",
            SILENT,
            runbook="HighLatency",
        ),
        *levels,
        unit=SECONDS,
        limits=((0.5, "red"),),
    )
    spread = distribution(
        Words(
            "Distribution of durations",
            "Requests by duration: two bands are two kinds of request, a band that moves up is a slow-down of all.",
            SILENT,
        ),
        Metric(rate(f"{DURATION}_bucket", ROUTE, "le"), "{{le}}"),
        unit=SECONDS,
        width=8,
    )
    routes = lines(
        Words(
            "Duration by route, 95th percentile",
            "Which route is slow.",
            SILENT,
            runbook="HighLatency",
        ),
        Metric(quantile(0.95, DURATION, ROUTE, "http_route"), "{{http_route}}"),
        unit=SECONDS,
        limits=((0.5, "red"),),
    )
    return Row("How long does it take?", (quantiles, spread, routes))


def causes() -> Row:
    """Where inside a request the time goes, from the spans of all requests, sampled or not."""
    steps = lines(
        Words(
            "Duration of inner steps, 95th percentile",
            "Steps inside the requests: statements to the database, calls to the other service, the simulated "
            "supplier. The step that rises with the requests is the cause.",
            "No inner step in this time",
            runbook="HighLatency",
        ),
        Metric(quantile(0.95, SPAN_DURATION, INNER, "span_name"), "{{span_name}}"),
        unit=SECONDS,
        width=12,
    )
    failing = lines(
        Words(
            "Errors of inner steps",
            "Share of each inner step that failed. The innermost one that fails is where to look.",
            "No inner step in this time",
            runbook="HighErrorRatio",
        ),
        Metric(
            promql.share(
                rate(SPAN_CALLS, f'{INNER}, status_code="STATUS_CODE_ERROR"', "span_name"),
                rate(SPAN_CALLS, INNER, "span_name"),
            ),
            "{{span_name}}",
        ),
        unit=SHARE,
        width=12,
    )
    return Row("Which inner step?", (steps, failing))


def saturation() -> Row:
    """How full each replica is."""
    active = lines(
        Words(
            "Requests in work, by replica",
            "A replica works on four at once in the lab; what is above that line waits inside it.",
            "No replica is known",
        ),
        Metric(f"http_server_active_requests{{{SERVICE}}}", "{{instance}}"),
        unit=COUNT,
        limits=((4, "orange"),),
    )
    balance = lines(
        Words(
            "Requests by replica",
            "The gateway deals requests evenly: lines that lie together are a healthy balance.",
            SILENT,
        ),
        Metric(rate(REQUESTS, SERVICE, "instance"), "{{instance}}"),
        unit=REQUESTS_PER_SECOND,
        limits=((20, "orange"),),
    )
    cpu = lines(
        Words(
            "CPU by replica",
            "Cores in use. A Python process can't use more than about one.",
            "No replica is known",
        ),
        Metric(rate("process_cpu_seconds_total", SERVICE, "instance"), "{{instance}}"),
        unit=COUNT,
        limits=((0.9, "orange"),),
    )
    shed = lines(
        Words(
            "Requests turned away",
            "Requests answered with 503 each second because a replica had no place for them: the line was full, or "
            "they waited too long in it. Fewer callers or more replicas help; a repeat at once does not.",
            "No replica is known",
            runbook="HighErrorRatio",
        ),
        Metric(rate("http_server_shed_requests_total", SERVICE, "reason"), "{{reason}}"),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    closed = lines(
        Words(
            "Connections closed on clients",
            "Connections closed each second: a request or an answer took its client too long, or there were too many. "
            "A steady line of request_late is somebody who opens connections and says nothing.",
            "No replica is known",
        ),
        Metric(rate("http_server_closed_connections_total", SERVICE, "reason"), "{{reason}}"),
        unit=COUNT,
        stacked=True,
        width=12,
    )
    return Row("How full are the replicas?", (active, balance, cpu, shed, closed))


def runtime() -> Row:
    """The Python processes themselves."""
    memory = lines(
        Words(
            "Memory by replica",
            "Resident memory. A line that only climbs is a leak.",
            "No replica is known",
        ),
        Metric(f"process_resident_memory_bytes{{{SERVICE}}}", "{{instance}}"),
        unit=BYTES,
    )
    files = lines(
        Words(
            "Open files by replica",
            "Open files and connections as a share of the limit. At 100 % new connections fail.",
            "No replica is known",
        ),
        Metric(f"process_open_fds{{{SERVICE}}} / process_max_fds{{{SERVICE}}}", "{{instance}}"),
        unit=SHARE,
        limits=((0.8, "red"),),
    )
    collections = lines(
        Words(
            "Garbage collections",
            "Collections each second by generation. Many of generation 2 cost every request some time.",
            "No replica is known",
        ),
        Metric(
            rate("python_gc_collections_total", SERVICE, "generation"), "generation {{generation}}"
        ),
        unit=COUNT,
    )
    return Row("Is the runtime well?", (memory, files, collections))


def evidence() -> Row:
    """Single requests: traces that failed or were slow, and the log lines of failures."""
    failed = trace_list(
        Words(
            "Traces of failed requests",
            "The newest requests that were answered with a 500. A click on an id opens the trace.",
            "No request failed in this time",
        ),
        queries.traces("$service", tags="http.response.status_code=500"),
    )
    slow = trace_list(
        Words(
            "Slow traces",
            "The newest traces that took longer than the objective's half second.",
            "No trace was that slow",
        ),
        queries.traces("$service", min_duration="500ms"),
    )
    lines_of_errors = log_lines(
        Words(
            "Log lines of failed requests",
            "One line for each request that was answered with a 5xx. Open a line and follow its trace_id.",
            "No request failed in this time",
        ),
        queries.logs(queries.FAILED_REQUESTS),
    )
    statuses = rows(
        Words("Busiest routes", "Requests in the last five minutes, by route and status.", SILENT),
        Metric(
            f"sort_desc(sum by (http_request_method, http_route, http_response_status_code) (increase({REQUESTS}{{{SERVICE}}}[5m])))"
        ),
        unit=COUNT,
        width=24,
    )
    return Row("Which requests?", (failed, slow, lines_of_errors, statuses))


def _variable(name: str, label: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query({"query": query, "refId": name})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
