"""Assert spans, samples and log lines in a test, as the collector and Prometheus would get them.

With `pytest_plugins = ["threesignals.testing"]` in a conftest, a test takes the fixture `recorder`:

    def test_an_item_is_read_once(recorder):
        app = create_app(telemetry=recorder.telemetry)
        app.test_client().get("/items/1")
        assert recorder.spans[-1].name == "GET /items/<int:item_id>"

Needs the extra `testing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from threesignals import _globals
from threesignals._core import Telemetry
from threesignals._endpoint import Endpoint
from threesignals._export.transport import Outcome
from threesignals._settings import Settings


@dataclass(frozen=True, kw_only=True)
class RecordedSpan:
    """A span as it was exported; ids are lower-case hexadecimal, times are nanoseconds.

    A link is the trace's id and the span's.
    """

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    flags: int
    status: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=dict)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordedLine:
    """A log line as it was exported."""

    event: str
    severity: str
    trace_id: str
    span_id: str
    timestamp_ns: int
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)


class MemorySender:
    """Keeps what would have gone over the network; can be told to fail."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.outcome = Outcome.SENT
        self.reason = ""

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        """Take one request."""
        if self.outcome is Outcome.SENT:
            self.bodies.append(body)
        return self.outcome

    def reset(self) -> None:
        """Nothing is shared with a parent process."""


class Recorder:
    """Telemetry that exports to memory, and what it has exported so far."""

    def __init__(self, service_name: str = "test", **settings: Any) -> None:  # noqa: ANN401 (Settings' fields)
        self._traces, self._logs = MemorySender(), MemorySender()
        in_memory = Settings(
            service_name=service_name,
            traces_endpoint=Endpoint(url="http://memory/v1/traces"),
            logs_endpoint=Endpoint(url="http://memory/v1/logs"),
            resource_attributes={},
            logs="otlp",
        )
        self.telemetry = Telemetry(replace(in_memory, **settings), connect=self._connect)
        _globals.reset_meters()
        self.telemetry.set_global()

    def _connect(self, endpoint: Endpoint) -> MemorySender:
        return self._traces if endpoint.url.endswith("/traces") else self._logs

    def _settle(self) -> None:
        """Send what has ended; a fault in the pipeline fails the test that caused it."""
        self.telemetry.flush()
        for lane in self.telemetry.lanes.values():
            assert not lane.outbox.dropped, dict(lane.outbox.dropped)  # noqa: S101

    @property
    def spans(self) -> list[RecordedSpan]:
        """All exported spans, in the order in which they ended."""
        self._settle()
        spans = [span for body in self._traces.bodies for span in decode_spans(body)]
        return sorted(spans, key=lambda span: span.end_ns)

    @property
    def log_lines(self) -> list[RecordedLine]:
        """All exported log lines, the canonical ones among them."""
        self._settle()
        return [line for body in self._logs.bodies for line in decode_lines(body)]

    def sample(self, name: str, **labels: str) -> float | None:
        """Return one sample, as `/metrics` would show it; None when it is not there."""
        self.telemetry.pipeline.drain()
        return self.telemetry.registry.get_sample_value(name, labels)

    def samples(self, name: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return all samples of one name, by their sorted labels."""
        self.telemetry.pipeline.drain()
        return {
            tuple(sorted(sample.labels.items())): sample.value
            for family in self.telemetry.registry.collect()
            for sample in family.samples
            if sample.name == name
        }

    def close(self) -> None:
        """Stop the threads."""
        self.telemetry.shutdown(1.0)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Telemetry that exports to memory."""
    recorder = Recorder()
    yield recorder
    recorder.close()


def decode_spans(body: bytes) -> Iterator[RecordedSpan]:
    """Read the spans of an OTLP request."""
    request = ExportTraceServiceRequest.FromString(body)
    for group in request.resource_spans:
        resource = _attributes(group.resource)
        for scope in group.scope_spans:
            yield from (_span(span, resource, scope.scope.name) for span in scope.spans)


def _span(span: Span, resource: dict[str, Any], scope: str) -> RecordedSpan:
    return RecordedSpan(
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        trace_state=span.trace_state,
        flags=span.flags,
        status=Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span),
        events=[(event.name, _attributes(event)) for event in span.events],
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
        resource=resource,
        scope=scope,
    )


def decode_lines(body: bytes) -> Iterator[RecordedLine]:
    """Read the log records of an OTLP request."""
    request = ExportLogsServiceRequest.FromString(body)
    for group in request.resource_logs:
        resource = _attributes(group.resource)
        for scope in group.scope_logs:
            for record in scope.log_records:
                yield RecordedLine(
                    event=record.event_name,
                    severity=record.severity_text,
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    timestamp_ns=record.time_unix_nano,
                    attributes=_attributes(record),
                    resource=resource,
                )


def _attributes(message: Any) -> dict[str, Any]:  # noqa: ANN401 (has attributes)
    return {pair.key: _value(pair.value) for pair in message.attributes}


def _value(value: Any) -> Any:  # noqa: ANN401 (OTLP's AnyValue)
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None
