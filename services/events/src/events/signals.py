"""What this package tells about itself, and what it needs from the process for that."""

from collections.abc import Callable, Iterator
from typing import Protocol

from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from structlog.typing import FilteringBoundLogger

from events import names
from events.outbox import Backlog

PROCESS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUEUE_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. Longer than for processing: a queue that is allowed to grow waits for minutes."""


class Signals(Protocol):
    """What the process gives: `telemetry.Telemetry` has these."""

    @property
    def tracer(self) -> Tracer:
        """Starts spans."""

    @property
    def registry(self) -> CollectorRegistry:
        """Holds the metrics that the process exposes."""

    def logger(self, name: str) -> FilteringBoundLogger:
        """Return a logger whose lines carry the current trace."""


class Metrics:
    """Every metric of a worker. The help texts name the alert or the panel a metric serves."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter(
            names.SENT_MESSAGES,
            "Events given to the broker. Panel: publish rate. error_type is empty when confirmed.",
            ["messaging_destination_name", "error_type"],
            registry=registry,
        )
        self.send_duration = Histogram(
            names.SEND_DURATION,
            "Time until the broker has confirmed a batch. Panel: confirm latency.",
            ["messaging_operation_name"],
            buckets=PROCESS_BUCKETS,
            registry=registry,
        )
        self.consumed = Counter(
            names.CONSUMED_MESSAGES,
            "Deliveries by outcome: done, duplicate, retried, dead or unsettled. Panel: outcomes.",
            ["messaging_destination_name", "event_type", "outcome"],
            registry=registry,
        )
        self.process_duration = Histogram(
            names.PROCESS_DURATION,
            "Time a delivery took, effect and settlement included. Panel: processing time.",
            ["messaging_destination_name", "event_type", "error_type"],
            buckets=PROCESS_BUCKETS,
            registry=registry,
        )
        self.time_in_queue = Histogram(
            names.TIME_IN_QUEUE,
            "Time from sending, or from the end of a delay, to processing. Panel: time in queue.",
            ["messaging_destination_name"],
            buckets=QUEUE_BUCKETS,
            registry=registry,
        )
        self.connected = Gauge(
            names.BROKER_CONNECTED,
            "1 while this worker holds its connection. Alert: EventsBrokerUnreachable.",
            ["role"],
            registry=registry,
        )


class BacklogCollector(Collector):
    """Reads the outbox when it is scraped: the figure is never older than the scrape."""

    def __init__(self, read: Callable[[], Backlog]) -> None:
        self._read = read

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name the metrics without asking the database."""
        yield GaugeMetricFamily(
            names.OUTBOX_PENDING, "Events that wait for the broker. Panel: outbox."
        )
        yield GaugeMetricFamily(
            names.OUTBOX_OLDEST_AGE, "Age of the oldest of them. Alert: EventsOutboxOld."
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give both figures from one query; none at all while the database does not answer."""
        try:
            backlog = self._read()
        except Exception:
            return
        pending, age = self.describe()
        pending.add_metric([], backlog.pending)
        age.add_metric([], backlog.oldest_age_seconds)
        yield from (pending, age)
