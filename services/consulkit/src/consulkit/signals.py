"""What this package tells: metrics, and what it needs from the process to log."""

from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog.typing import FilteringBoundLogger


class Signals(Protocol):
    """What the process gives: `threesignals.Telemetry` has these."""

    @property
    def registry(self) -> CollectorRegistry:
        """Holds the metrics that the process exposes."""

    def logger(self, name: str) -> FilteringBoundLogger:
        """Return a logger."""


class Metrics:
    """Every metric about Consul. The help texts name the alert or the panel a metric serves."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.fresh = Gauge(
            "discovery_fresh",
            "1 while a service's addresses follow Consul, 0 while the last known are used. "
            "Alert: DiscoveryStale.",
            ["service"],
            registry=registry,
        )
        self.addresses = Gauge(
            "discovery_addresses",
            "Addresses known of a service. Panel: discovered replicas.",
            ["service"],
            registry=registry,
        )
        self.generation = Gauge(
            "config_generation",
            "Changes of settings applied since the start. Annotation: settings changed.",
            registry=registry,
        )
        self.applied = Gauge(
            "config_last_applied_timestamp_seconds",
            "When settings last changed. Panel: since the last change.",
            registry=registry,
        )
        self.refused = Counter(
            "config_refused",
            "Values that did not validate; the old ones stayed. Alert: ConfigRefused.",
            ["key"],
            registry=registry,
        )
