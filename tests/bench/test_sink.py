"""The benchmark's sink reads ids from what exporters send, as protobuf and as JSON."""

import json

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from bench import sink

TRACE, SERVER, CLIENT = bytes(15) + b"\x0a", bytes(7) + b"\x01", bytes(7) + b"\x02"
TOLD = f"{TRACE.hex()}:{SERVER.hex()}"


def test_spans_come_from_protobuf_and_only_server_spans_count_as_requests() -> None:
    spans = [
        Span(trace_id=TRACE, span_id=SERVER, kind=Span.SPAN_KIND_SERVER),
        Span(trace_id=TRACE, span_id=CLIENT, kind=Span.SPAN_KIND_CLIENT),
    ]
    resource = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
    body = ExportTraceServiceRequest(resource_spans=[resource]).SerializeToString()
    assert list(sink.server_spans(body)) == [TOLD]
    assert len(list(sink.spans(body))) == 2


def test_spans_come_from_json_whose_kinds_are_numbers_or_names() -> None:
    spans = [
        {"traceId": TRACE.hex().upper(), "spanId": SERVER.hex(), "kind": kind}
        for kind in (2, "SPAN_KIND_SERVER", 3)
    ]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    assert list(sink.server_spans(body)) == [TOLD, TOLD]


def test_a_line_counts_when_it_names_a_span() -> None:
    records = [LogRecord(trace_id=TRACE, span_id=SERVER), LogRecord()]
    resource = ResourceLogs(scope_logs=[ScopeLogs(log_records=records)])
    body = ExportLogsServiceRequest(resource_logs=[resource]).SerializeToString()
    assert list(sink.lines(body)) == [TOLD]
