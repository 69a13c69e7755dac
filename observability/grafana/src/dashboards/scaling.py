"""Scaling: what was offered, what was served and what the scaler did, on one time axis."""

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
)
from dashboards.promql import BOTH, DURATION, REQUESTS, quantile
from dashboards.queries import Metric

HPA = "kube_horizontalpodautoscaler"
READY = 'kube_deployment_status_replicas_ready{deployment=~"(laptops|port)(-service)?"}'
USERS = {"LaptopsUser": "blue", "PortUser": "orange"}
REPLICAS = {
    "laptops desired": "light-blue",
    "laptops-service ready": "blue",
    "port desired": "light-orange",
    "port-service ready": "orange",
}
MEASURED = {"laptops measured": "blue", "port measured": "orange", "target": "text"}
NO_SCALER = "No scaler is known"


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-scaling",
        title="Laptop Lab: scaling",
        description="Does one service scale while the other stays? Cause above effect, on one time axis.",
        rows=(now(), story(), policy()),
    )


def now() -> Row:
    """Where the replicas stand."""
    replicas = number(
        Words("Ready replicas", "Replicas that take requests now.", NO_SCALER),
        Metric(READY, "{{deployment}}"),
        unit=COUNT,
        width=8,
    )
    wanted = number(
        Words(
            "Desired replicas",
            "What the scaler wants. It leads the ready ones by the time a start takes.",
            NO_SCALER,
        ),
        Metric(f"{HPA}_status_desired_replicas", "{{horizontalpodautoscaler}}"),
        unit=COUNT,
        width=8,
    )
    reach = number(
        Words(
            "Used reach",
            "Desired replicas as a share of the maximum. At 100 % more load can't be met by more replicas.",
            NO_SCALER,
            runbook="ScalerAtMaximum",
        ),
        Metric(
            f"{HPA}_status_desired_replicas / {HPA}_spec_max_replicas",
            "{{horizontalpodautoscaler}}",
        ),
        unit=SHARE,
        limits=((0.8, "orange"), (1, "red")),
        width=8,
    )
    return Row("Where do we stand?", (replicas, wanted, reach))


def story() -> Row:
    """Read from top to bottom: users, requests, waiting, replicas. Blue and purple marks are decisions."""
    return Row("From cause to effect", (_users(), _requests(), _duration(), _replicas()))


def policy() -> Row:
    """Why the scaler decided so."""
    load = lines(
        Words(
            "Measured, against the target",
            "What the scaler compares: requests a second for each replica, as it saw them at its last decision. It acts "
            "when they are a tenth away from the target.",
            NO_SCALER,
        ),
        Metric(f"{HPA}_status_target_metric", "{{horizontalpodautoscaler}} measured"),
        Metric(f"max({HPA}_spec_target_metric)", "target"),
        unit=REQUESTS_PER_SECOND,
        colors=MEASURED,
        width=12,
    )
    limits = lines(
        Words(
            "Desired within its limits",
            "The desired count between the policy's minimum and maximum.",
            NO_SCALER,
            runbook="ScalerAtMaximum",
        ),
        Metric(f"{HPA}_status_desired_replicas", "{{horizontalpodautoscaler}}"),
        Metric(f"max({HPA}_spec_max_replicas)", "maximum"),
        Metric(f"min({HPA}_spec_min_replicas)", "minimum"),
        unit=COUNT,
        steps=True,
        width=12,
    )
    return Row("Why?", (load, limits))


def _users() -> Panel:
    return lines(
        Words(
            "Offered: users",
            "Simulated users by group, from Locust. Each asks about once a second.",
            "No load test runs",
        ),
        Metric("sum by (user) (locust_users)", "{{user}}"),
        unit=COUNT,
        colors=USERS,
        steps=True,
        width=24,
        height=6,
    )


def _requests() -> Panel:
    return lines(
        Words(
            "Served: requests",
            "Requests answered each second. It follows the users as long as the replicas keep up.",
            "No request in this time",
        ),
        Metric(promql.rate(REQUESTS, BOTH, "job"), "{{job}}"),
        unit=REQUESTS_PER_SECOND,
        width=24,
        height=6,
    )


def _duration() -> Panel:
    return lines(
        Words(
            "Felt: duration, 95th percentile",
            "It rises while a service has too few replicas and falls when new ones are ready. "
            "The service that isn't under load stays flat.",
            "No request in this time",
            runbook="HighLatency",
        ),
        Metric(quantile(0.95, DURATION, BOTH, "job"), "{{job}}", exemplars=True),
        unit=SECONDS,
        limits=((0.5, "red"),),
        width=24,
        height=6,
    )


def _replicas() -> Panel:
    return lines(
        Words(
            "Answered: replicas",
            "Desired (what the scaler wants) and ready (what takes requests), for both services.",
            NO_SCALER,
            runbook="ScalerAtMaximum",
        ),
        Metric(f"{HPA}_status_desired_replicas", "{{horizontalpodautoscaler}} desired"),
        Metric(READY, "{{deployment}} ready"),
        unit=COUNT,
        colors=REPLICAS,
        steps=True,
        width=24,
        height=6,
    )
