"""An OTLP endpoint that costs little and counts honestly: it keeps bodies, and counts when asked.

Run as `python -m bench.sink PORT`. GET /counts returns how many spans of kind SERVER and how many
log records have arrived since the last GET /reset.
"""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

bodies: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/logs": []}


class Sink(BaseHTTPRequestHandler):
    """Takes OTLP over HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        bodies.setdefault(self.path, []).append(body)
        self._answer(b"")

    def do_GET(self) -> None:
        """Count or forget."""
        if self.path == "/reset":
            for kept in bodies.values():
                kept.clear()
        self._answer(json.dumps(counts()).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def counts() -> dict[str, int]:
    """Count what is kept."""
    return {
        "spans": sum(map(_spans, bodies["/v1/traces"])),
        "server_spans": sum(map(_server_spans, bodies["/v1/traces"])),
        "log_records": sum(map(_log_records, bodies["/v1/logs"])),
    }


def _spans(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(s.spans) for group in request.resource_spans for s in group.scope_spans)


def _server_spans(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(body)
    return sum(
        span.kind == Span.SPAN_KIND_SERVER
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    )


def _log_records(body: bytes) -> int:
    request = ExportLogsServiceRequest.FromString(body)
    return sum(len(s.log_records) for group in request.resource_logs for s in group.scope_logs)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Sink).serve_forever()
