"""What one request left behind, in a form in which two implementations can be compared."""

from dataclasses import dataclass
from typing import Any

from threesignals import names
from threesignals.testing import RecordedLine, RecordedSpan, Recorder

from .apps import fastapi_app, flask_app
from .drivers import Request, Response, call_asgi, call_wsgi

FRAMEWORKS = {"flask": (flask_app, call_wsgi), "fastapi": (fastapi_app, call_asgi)}
IMPLEMENTATIONS = ("contrib", "lean")


@dataclass
class Observation:
    response: Response
    spans: list[RecordedSpan]
    lines: list[RecordedLine]
    counts: dict[tuple[tuple[str, str], ...], float]
    active: float | None

    @property
    def span(self) -> RecordedSpan:
        (span,) = self.spans
        return span

    @property
    def line(self) -> RecordedLine:
        """The canonical line."""
        (line,) = [line for line in self.lines if line.event == names.REQUEST_EVENT]
        return line

    @property
    def labels(self) -> dict[str, str]:
        ((labels, count),) = self.counts.items()
        assert count == 1
        return dict(labels)

    def comparable(self) -> dict[str, Any]:
        """Everything except ids, times and stacks, which differ by nature."""
        return {
            "status": self.response.status,
            "spans": [_span(span) for span in self.spans],
            "lines": [_line(line) for line in self.lines],
            "counts": self.counts,
            "active": self.active,
        }


def _span(span: RecordedSpan) -> dict[str, Any]:
    return {
        "name": span.name,
        "kind": span.kind,
        "parent": span.parent_span_id,
        "trace_state": span.trace_state,
        "flags": span.flags,
        "status": span.status,
        "attributes": span.attributes,
        "events": [(name, _without_stack(attributes)) for name, attributes in span.events],
    }


def _line(line: RecordedLine) -> dict[str, Any]:
    attributes = _without_stack(line.attributes)
    attributes.pop(names.DURATION_S, None)
    return {
        "event": line.event,
        "severity": line.severity,
        "correlated": bool(line.trace_id),
        "attributes": attributes,
    }


def _without_stack(attributes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in attributes.items() if k != names.EXCEPTION_STACKTRACE}


def observe(
    framework: str, implementation: str, request: Request, **settings: object
) -> Observation:
    """Send one request into a fresh application."""
    create, call = FRAMEWORKS[framework]
    recorder = Recorder("conformance", implementation=implementation, **settings)
    try:
        response = call(create(recorder.telemetry), request)
        return Observation(
            response=response,
            spans=recorder.spans,
            lines=recorder.log_lines,
            counts=recorder.samples(f"{names.METRIC_REQUEST_DURATION}_count"),
            active=recorder.sample(names.METRIC_ACTIVE_REQUESTS),
        )
    finally:
        recorder.close()
