"""A finished request: the one measurement that the metric, the log line and the span share."""

from dataclasses import dataclass, field
from typing import Any

from threesignals._traceparent import SAMPLED


@dataclass(slots=True, kw_only=True)
class FinishedRequest:
    """What a SERVER span knew when it ended.

    `route` is the template, never the path; None when no route matched. `error_type` is empty
    unless the request failed. `attributes` are what a handler added to the span itself. `timed` is
    false for a stream whose length is no latency.
    """

    method: str
    route: str | None
    status: int
    path: str
    start_ns: int
    end_ns: int
    trace_id: int
    span_id: int
    trace_flags: int
    error_type: str = ""
    exception: dict[str, str] | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    timed: bool = True

    @property
    def sampled(self) -> bool:
        """Whether the span is exported."""
        return bool(self.trace_flags & SAMPLED)

    @property
    def duration_s(self) -> float:
        """Seconds from the first byte the application saw to the end of its answer."""
        return (self.end_ns - self.start_ns) / 1e9
