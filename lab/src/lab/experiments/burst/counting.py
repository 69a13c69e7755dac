"""Count the events of a window in places that do not know of each other."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from lab.experiments.burst.plan import PORT_ID, TARGET
from lab.experiments.burst.verdict import EventCounts
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.increase import births_of, total_increase
from lab.experiments.spike.counting import LOOKBACK_SECONDS

SENT = 'messaging_client_sent_messages_total{job="laptops-worker",error_type=""}'
PROCESSED = f'messaging_client_consumed_messages_total{{job="{TARGET}",outcome="done"}}'
DEAD = f'messaging_client_consumed_messages_total{{job="{TARGET}",outcome="dead"}}'
SPANS = f'traces_span_metrics_calls_total{{service_name="{TARGET}",span_kind="SPAN_KIND_CONSUMER"}}'
LOGS = f'{{service.name="{TARGET}"}} _msg:="message.process" outcome:="done"'
BIRTHS = "process_start_time_seconds"


@dataclass
class EventCounter:
    """Counts from a moment on; what the services held before that is taken off."""

    backends: Backends
    port: httpx.Client
    start: float
    held: int

    @classmethod
    def begin(cls, backends: Backends, port: httpx.Client) -> EventCounter:
        """Begin to count now."""
        return cls(backends, port, time.time(), effects(port))

    def counts(self, client: int) -> EventCounts:
        """Count up to now, beside what the client knows."""
        end = time.time()
        return EventCounts(
            client=client,
            sent=self._rise(SENT, "laptops-worker", end),
            processed=self._rise(PROCESSED, TARGET, end),
            logs=self.backends.count_logs(LOGS, self.start, end),
            spans=self._rise(SPANS, None, end),
            effects=effects(self.port) - self.held,
        )

    def dead_letters(self) -> int:
        """Count dead letters up to now."""
        return self._rise(DEAD, TARGET, time.time())

    def _rise(self, selector: str, job: str | None, end: float) -> int:
        since = self.start - LOOKBACK_SECONDS
        series = self.backends.raw_series(selector, since, end)
        births = f'{BIRTHS}{{job="{job}"}}'
        starts = self.backends.raw_series(births, since, end) if job else []
        return total_increase(series, self.start, end, births_of(starts))


def effects(port: httpx.Client) -> int:
    """Return how many laptops the port service counts. Raises httpx.HTTPError."""
    answer = port.get(f"/port/{PORT_ID}").raise_for_status().json()
    return int(answer.get("laptops", 0))
