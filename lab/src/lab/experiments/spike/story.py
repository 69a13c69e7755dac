"""What the page shows beside the verdict, as `evidence.json` keeps it."""

from __future__ import annotations

from pydantic import Field

from lab.facts import Service
from lab.report.model import Model, Points, ScaleStep


class Curves(Model):
    """One service over time. Points are (seconds after the load began, value)."""

    users: Points
    rate: Points = Field(description="Answers in each second")
    p95: Points = Field(description="Milliseconds, of the answers of the last five seconds")
    replicas: Points = Field(description="Steps")


class Span(Model):
    """One bar of a waterfall."""

    service: str
    name: str
    depth: int
    start_ms: float = Field(description="After the begin of the trace")
    duration_ms: float
    error: bool
    attributes: dict[str, str]

    @property
    def end_ms(self) -> float:
        """When it ended, after the begin of the trace."""
        return self.start_ms + self.duration_ms


class LogLine(Model):
    """One log record of a trace."""

    time: str
    service: str
    message: str
    fields: dict[str, str]


class RequestStory(Model):
    """One request: what its client saw, its spans and its log lines."""

    service: Service
    method: str
    name: str
    status: int
    latency_ms: float
    seconds: float = Field(description="When it was sent, after the load began")
    error: str | None
    trace_id: str
    spans: list[Span] = Field(description="Empty when the trace was not kept")
    logs: list[LogLine]


class Story(Model):
    """Everything that the page draws."""

    decisions: list[ScaleStep]
    curves: dict[Service, Curves]
    slowest: list[RequestStory]
    failed: list[RequestStory]
