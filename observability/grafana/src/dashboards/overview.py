"""Overview: both services side by side, in the order in which one asks."""

from __future__ import annotations

from dashboards import promql
from dashboards.board import Board, Row
from dashboards.panels import (
    COUNT,
    REQUESTS_PER_SECOND,
    SECONDS,
    SHARE,
    Panel,
    Words,
    lines,
    number,
    rows,
    to_runbook,
)
from dashboards.promql import BOTH, CALLS, DURATION, EDGE, FAILED, REQUESTS, quantile
from dashboards.queries import Metric


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-overview",
        title="Laptop Lab: overview",
        description="Is anything wrong, where, and how much of the error budget is left?",
        rows=(wrong(), rate(), budget(), capacity()),
    )


def wrong() -> Row:
    """Alerts first: whoever opens this because of one sees it at once."""
    count = number(
        Words(
            "Alerts firing",
            "How many alerts fire now. 0 is calm; the table beside it names them.",
            "Prometheus does not answer",
        ),
        Metric('count(ALERTS{alertstate="firing"}) or vector(0)'),
        unit=COUNT,
        limits=((1, "red"),),
        height=5,
    )
    which = rows(
        Words(
            "Which alerts",
            "One row an alert that fires or is about to. A click on a name opens its runbook.",
            "No alert fires",
        ),
        Metric("sort_desc(ALERTS)"),
        unit=COUNT,
        hidden=("Value",),
        width=20,
        height=5,
    ).override_by_name("alertname", [to_runbook()])
    return Row("Is anything wrong?", (count, which))


def rate() -> Row:
    """Rate and duration as the services count them, errors as callers see them, and their origin."""
    requests = lines(
        Words(
            "Requests",
            "Requests answered each second, by service. During a spike one line rises and the other stays.",
            "No request in this time",
        ),
        Metric(promql.rate(REQUESTS, BOTH, "job"), "{{job}}"),
        unit=REQUESTS_PER_SECOND,
        width=6,
    )
    failed = lines(
        Words(
            "Errors that callers saw",
            "Share of requests answered with a 5xx, counted at the gateway: also where no replica answered. "
            "The dashed line is where HighErrorRatio fires.",
            "No request in this time",
            runbook="HighErrorRatio",
        ),
        Metric(
            promql.share(promql.calls_failed(), promql.rate(CALLS, EDGE, "entrypoint")),
            "{{entrypoint}}",
        ),
        unit=SHARE,
        limits=((0.05, "red"),),
        width=6,
    )
    origin = lines(
        Words(
            "Where errors come from",
            "Answers with a 5xx each second: given by a service's replicas, or by the gateway because none answered.",
            "No request in this time",
            runbook="ServiceDown",
        ),
        Metric(promql.rate(REQUESTS, f"{BOTH}, {FAILED}", "job"), "{{job}}"),
        Metric(promql.only_at_the_gateway(), "gateway, for {{entrypoint}}"),
        unit=REQUESTS_PER_SECOND,
        width=6,
    )
    slow = lines(
        Words(
            "Duration, 95th percentile",
            "19 of 20 requests were faster. The dots are single requests: a click opens the trace. "
            "The dashed line is the objective's half second.",
            "No request in this time",
            runbook="HighLatency",
        ),
        Metric(quantile(0.95, DURATION, BOTH, "job"), "{{job}}", exemplars=True),
        unit=SECONDS,
        limits=((0.5, "red"),),
        width=6,
    )
    return Row("Rate, errors, duration", (requests, failed, origin, slow))


def budget() -> Row:
    """The objectives of docs/slo.md, and what is left of their budgets."""
    left = number(
        Words(
            "Error budget left",
            "Share of the budget that is unspent, over the thirty days or what there is of them. Below 0 the objective is "
            "missed; a stack that has run for minutes can overspend many times over in one spike.",
            "No request yet, so no budget is spent",
            runbook="ErrorBudgetBurnsFast",
        ),
        Metric("slo:error_budget_left:ratio", "{{job}} {{slo}}"),
        unit=SHARE,
        base="red",
        limits=((0, "orange"), (0.25, "green")),
        width=8,
        height=8,
    )
    return Row("Objectives", (left, _burn("availability"), _burn("latency")))


def capacity() -> Row:
    """How full the replicas are, and how many there are."""
    replicas = lines(
        Words(
            "Replicas that answer",
            "Replicas whose metrics could be read. A step up under load is the scaler at work.",
            "No replica is known",
            runbook="ReplicaNotScraped",
        ),
        Metric(f"sum by (job) (up{{{BOTH}}})", "{{job}}"),
        unit=COUNT,
        steps=True,
    )
    load = lines(
        Words(
            "Requests a replica",
            "Requests each second for each replica. The dashed line is what the scaler aims at.",
            "No request in this time",
        ),
        Metric(f"{promql.rate(REQUESTS, BOTH, 'job')} / sum by (job) (up{{{BOTH}}})", "{{job}}"),
        unit=REQUESTS_PER_SECOND,
        limits=((20, "orange"),),
    )
    active = lines(
        Words(
            "Requests in work",
            "Requests inside the replicas now, waiting or worked on. Growth without more rate is a queue.",
            "No replica is known",
        ),
        Metric(f"sum by (job) (http_server_active_requests{{{BOTH}}})", "{{job}}"),
        unit=COUNT,
    )
    return Row("Saturation", (replicas, load, active))


def _burn(objective: str) -> Panel:
    return lines(
        Words(
            f"Burn rate, {objective}",
            "How many times faster than allowed the budget is spent, over five minutes. "
            "1 lasts exactly thirty days; at 14.4 somebody is paged.",
            "No request in this time",
            runbook="ErrorBudgetBurnsFast",
        ),
        Metric(
            f'slo:error_ratio:5m{{slo="{objective}"}} / on (slo) group_left () (1 - slo:objective:ratio)',
            "{{job}}",
        ),
        unit=COUNT,
        limits=((1, "orange"), (14.4, "red")),
    )
