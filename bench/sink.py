"""An OTLP endpoint that costs little and counts honestly: it keeps bodies, and reads them later.

Run as `python -m bench.sink PORT`. GET /ids returns the ids of every span of kind SERVER and of
every log record that names a span, as `trace id:span id`, since the last GET /reset.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TRACES, LOGS = "/v1/traces", "/v1/logs"
bodies: dict[str, list[bytes]] = {TRACES: [], LOGS: []}


class Sink(BaseHTTPRequestHandler):
    """Takes OTLP over HTTP, as protobuf or JSON."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        bodies.setdefault(self.path, []).append(body)
        self._answer(b"")

    def do_GET(self) -> None:
        """Tell or forget."""
        if self.path == "/reset":
            for kept in bodies.values():
                kept.clear()
        self._answer(json.dumps(ids()).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def ids() -> dict[str, list[str]]:
    """Read what is kept."""
    return {
        "server_spans": [told for body in bodies[TRACES] for told in server_spans(body)],
        "lines": [told for body in bodies[LOGS] for told in lines(body)],
        "spans": [told for body in bodies[TRACES] for told in spans(body)],
    }


def server_spans(body: bytes) -> Iterator[str]:
    """Yield the ids of the SERVER spans of one request."""
    if body.startswith(b"{"):
        return (_json_ids(span) for span in _json_spans(body)
                if span.get("kind") in {Span.SPAN_KIND_SERVER, "SPAN_KIND_SERVER"})  # fmt: skip
    return (_ids(span) for span in _proto_spans(body) if span.kind == Span.SPAN_KIND_SERVER)


def spans(body: bytes) -> Iterator[str]:
    """Yield the ids of all spans of one request."""
    if body.startswith(b"{"):
        return map(_json_ids, _json_spans(body))
    return map(_ids, _proto_spans(body))


def lines(body: bytes) -> Iterator[str]:
    """Yield the ids of the log records of one request that belong to a span."""
    request = ExportLogsServiceRequest.FromString(body)
    records = (record for group in request.resource_logs for scope in group.scope_logs
               for record in scope.log_records)  # fmt: skip
    return (_ids(record) for record in records if record.span_id)


def _proto_spans(body: bytes) -> Iterator[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return (span for group in request.resource_spans for scope in group.scope_spans
            for span in scope.spans)  # fmt: skip


def _json_spans(body: bytes) -> Iterator[dict[str, Any]]:
    return (span for group in json.loads(body)["resourceSpans"] for scope in group["scopeSpans"]
            for span in scope["spans"])  # fmt: skip


def _ids(item: Any) -> str:  # noqa: ANN401 (a span or a log record)
    return f"{item.trace_id.hex()}:{item.span_id.hex()}"


def _json_ids(span: dict[str, Any]) -> str:
    return f"{span['traceId']}:{span['spanId']}".lower()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Sink).serve_forever()
