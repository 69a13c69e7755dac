"""Count the events of a window in places that do not know of each other."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from lab.experiments.burst.plan import PORT_ID, TARGET
from lab.experiments.burst.verdict import EventCounts
from lab.experiments.measure.backends import Backends
from lab.facts import LAPTOPS_WORKER

SENT = f'messaging_client_sent_messages_total{{job="{LAPTOPS_WORKER}",error_type=""}}'
PROCESSED = f'messaging_client_consumed_messages_total{{job="{TARGET}",outcome="done"}}'
DEAD = f'messaging_client_consumed_messages_total{{job="{TARGET}",outcome="dead"}}'
SPANS = f'traces_span_metrics_calls_total{{service_name="{TARGET}",span_kind="SPAN_KIND_CONSUMER"}}'
LOGS = f'{{service.name="{TARGET}"}} _msg:="message.process" outcome:="done"'


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
        ask, window = self.backends, (self.start, time.time())
        return EventCounts(
            client=client,
            sent=ask.rise(SENT, *window, births=births(LAPTOPS_WORKER)),
            processed=ask.rise(PROCESSED, *window, births=births(TARGET)),
            logs=ask.count_logs(LOGS, *window),
            spans=ask.rise(SPANS, *window),
            effects=effects(self.port) - self.held,
        )

    def dead_letters(self) -> int:
        """Count dead letters up to now."""
        return self.backends.rise(DEAD, self.start, time.time(), births=births(TARGET))


def births(job: str) -> str:
    """Select when each of a job's processes began."""
    return f'process_start_time_seconds{{job="{job}"}}'


def effects(port: httpx.Client) -> int:
    """Return how many laptops the port service counts. Raises httpx.HTTPError."""
    answer = port.get(f"/port/{PORT_ID}").raise_for_status().json()
    return int(answer.get("laptops", 0))
