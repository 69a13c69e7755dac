"""Load test: what the clients saw, beside what the gateway and the services say."""

from __future__ import annotations

from dashboards.board import Board, Row
from dashboards.panels import COUNT, REQUESTS_PER_SECOND, SECONDS, SHARE, Words, lines
from dashboards.promql import BOTH, CALLS, EDGE, REQUESTS, quantile, rate, share
from dashboards.queries import Metric

NO_TEST = "No load test ran in this time"
USERS = {"LaptopsUser": "blue", "PortUser": "orange"}
LOCUST = "locust_requests_total"


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-load-test",
        title="Laptop Lab: load test",
        description="The same requests counted by the client, the gateway and the services.",
        rows=(offered(), failed(), edge()),
    )


def offered() -> Row:
    """What Locust sends."""
    users = lines(
        Words(
            "Users", "Simulated users by group. The control group stays level in a spike.", NO_TEST
        ),
        Metric("sum by (user) (locust_users)", "{{user}}"),
        unit=COUNT,
        colors=USERS,
        width=12,
    )
    requests = lines(
        Words("Requests sent", "Requests each second by what they do.", NO_TEST),
        Metric(rate(LOCUST, "", "user", "name"), "{{user}} {{name}}"),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    return Row("What is offered?", (users, requests))


def failed() -> Row:
    """What went wrong for the clients, and whether all three observers counted the same."""
    failures = lines(
        Words(
            "Failures, as clients see them",
            "Share of requests that failed or got a wrong answer. It includes what no service ever saw.",
            NO_TEST,
        ),
        Metric(
            share(rate(LOCUST, 'outcome="failure"', "user"), rate(LOCUST, "", "user")), "{{user}}"
        ),
        unit=SHARE,
        limits=((0.01, "red"),),
        width=12,
    )
    counts = lines(
        Words(
            "Three observers, one count",
            "Requests each second by who counted them. Lines that part are requests that got lost on the way.",
            NO_TEST,
        ),
        Metric(rate(LOCUST), "clients"),
        Metric(rate(CALLS, EDGE), "gateway"),
        Metric(rate(REQUESTS, BOTH), "services"),
        unit=REQUESTS_PER_SECOND,
        width=12,
    )
    return Row("What fails, and do the counts agree?", (failures, counts))


def edge() -> Row:
    """The gateway: durations with the wait for a connection, and the answers it gave itself."""
    durations = lines(
        Words(
            "Duration at the gateway, 95th percentile",
            "From the gateway's side: the service's own time, and the wait to reach it.",
            "The gateway had no request",
        ),
        Metric(
            quantile(0.95, "traefik_entrypoint_request_duration_seconds", EDGE, "entrypoint"),
            "{{entrypoint}}",
        ),
        unit=SECONDS,
        limits=((0.5, "red"),),
        width=12,
    )
    answers = lines(
        Words(
            "Answers at the gateway",
            "Requests each second by service and status. 502 and 503 here and not in the service: no replica answered.",
            "The gateway had no request",
            runbook="ServiceDown",
        ),
        Metric(
            rate(CALLS, EDGE, "entrypoint", "code"),
            "{{entrypoint}} {{code}}",
        ),
        unit=REQUESTS_PER_SECOND,
        stacked=True,
        width=12,
    )
    return Row("What does the gateway see?", (durations, answers))
