"""Consul: whether services find each other there, and which settings changed while they ran."""

from __future__ import annotations

from dashboards.board import Board, Row
from dashboards.panels import COUNT, SECONDS, Words, lines, number
from dashboards.queries import Metric

NO_CONSUL = "Consul does not run"


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-consul",
        title="Laptop Lab: Consul",
        description="Discovery between the services, and settings that change while they run.",
        rows=(discovery(), settings()),
    )


def discovery() -> Row:
    """What the services know of each other."""
    fresh = number(
        Words(
            "Discovery follows Consul",
            "1: every replica has its addresses from Consul; 0: one goes on with those it knew last.",
            NO_CONSUL,
            runbook="DiscoveryStale",
        ),
        Metric("min by (job, service) (discovery_fresh)", "{{job}} of {{service}}"),
        unit=COUNT,
        base="red",
        limits=((1, "green"),),
        width=6,
        height=8,
    )
    addresses = lines(
        Words(
            "Discovered replicas",
            "How many addresses a replica knows of the service it asks: the least that any knows. "
            "It follows the replicas of that service within a second or two.",
            NO_CONSUL,
            runbook="DiscoveryStale",
        ),
        Metric("min by (job, service) (discovery_addresses)", "{{job}} of {{service}}"),
        unit=COUNT,
        steps=True,
        width=18,
    )
    return Row("Do they find each other?", (fresh, addresses))


def settings() -> Row:
    """What was changed, and what was refused."""
    since = number(
        Words(
            "Since the last change",
            "How long ago a replica of the service last took up a change of settings.",
            "No setting has changed, or Consul does not run",
        ),
        Metric(
            "time() - max by (job) (config_last_applied_timestamp_seconds > 0)",
            "{{job}}",
        ),
        unit=SECONDS,
        width=6,
        height=8,
    )
    generation = lines(
        Words(
            "Changes applied",
            "Changes of settings since a replica started. Replicas that started at different times "
            "differ; what matters is that all rise together. Each rise is a mark on every dashboard.",
            NO_CONSUL,
        ),
        Metric("max by (job) (config_generation)", "{{job}} most"),
        Metric("min by (job) (config_generation)", "{{job}} least"),
        unit=COUNT,
        steps=True,
        width=9,
    )
    refused = lines(
        Words(
            "Values refused",
            "Values in Consul that did not validate, in the last five minutes. The old ones are in force.",
            "No value was refused",
            runbook="ConfigRefused",
        ),
        Metric("sum by (job, key) (increase(config_refused_total[5m]))", "{{job}} {{key}}"),
        unit=COUNT,
        width=9,
    )
    return Row("What changed?", (since, generation, refused))
