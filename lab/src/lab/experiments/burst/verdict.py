"""The verdict of the experiment with events, as `verdict.json` has it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from lab.report.model import AnyVerdict, Check, Model, Points, Replicas, ScaleStep


class EventCounts(Model):
    """The same events, counted in six places that do not know of each other."""

    client: int = Field(description="Laptops that the service said it had added")
    sent: int = Field(description="messaging_client_sent_messages_total of laptops' worker")
    processed: int = Field(description="messaging_client_consumed_messages_total of port's worker")
    logs: int = Field(description="Canonical log lines of port's worker in VictoriaLogs")
    spans: int = Field(description="CONSUMER spans that the collector counted before sampling")
    effects: int = Field(description="By how much GET /port/1 counts more laptops")

    @property
    def difference(self) -> int:
        """The largest count minus the smallest."""
        counts: list[int] = list(self.model_dump().values())
        return max(counts) - min(counts)


class Verdict(AnyVerdict):
    """Whether a burst of events scaled its worker and nothing else, and each event counted once."""

    experiment: Literal["events"] = "events"
    passed: bool = Field(description="Every check passed")
    started: datetime
    seconds: float
    phase_starts: dict[str, float] = Field(description="Seconds after the begin, and the end")
    refused: int = Field(description="Laptops that were not added")
    dead_letters: int
    queue_peak: int
    caught_up_seconds: float | None = Field(
        description="From the end of the burst until the queue was empty; null: never"
    )
    replicas: dict[str, list[Replicas]] = Field(description="One entry for each change")
    counts: EventCounts
    checks: list[Check]


class Story(Model):
    """What the page draws beside the verdict. Points are (seconds after the begin, value)."""

    added: Points = Field(description="Laptops added in each second")
    queue: Points = Field(description="Messages in port's queue")
    replicas: dict[str, Points]
    decisions: list[ScaleStep]
