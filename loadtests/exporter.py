"""Offered load as Prometheus metrics, so that a dashboard can draw it beside what was served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locust.env import Environment


class UsersCollector(Collector):
    """Counts the running users at each scrape."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield `locust_users` by user class."""
        family = GaugeMetricFamily(
            "locust_users", "Users running now; each offers one request a second.", labels=["user"]
        )
        runner = self._environment.runner
        for user, count in (runner.user_classes_count if runner else {}).items():
            family.add_metric([user], count)
        yield family


def user_of(event: Mapping[str, Any]) -> str:
    """Read the class of the user that sent a request; empty for a client that is not ours."""
    return str((event.get("context") or {}).get("user", ""))


def build(environment: Environment) -> CollectorRegistry:
    """Make the registry and count each request from now on."""
    registry = CollectorRegistry()
    registry.register(UsersCollector(environment))
    requests = Counter(
        "locust_requests",
        "Requests as the client saw them; compare with what the services say they served.",
        ["user", "method", "name", "outcome"],
        registry=registry,
    )

    def count(**event: object) -> None:
        outcome = "success" if event.get("exception") is None else "failure"
        requests.labels(user_of(event), event["request_type"], event["name"], outcome).inc()

    environment.events.request.add_listener(count)
    return registry


def start(environment: Environment, port: int) -> None:
    """Serve the metrics on loopback; port 0 means that none are wanted."""
    if port:
        start_http_server(port, addr="127.0.0.1", registry=build(environment))
