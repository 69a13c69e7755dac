"""A collector for tests, in a process of its own: `python sink.py PORT [hang]`.

GET /received returns what has arrived, as JSON: trace ids of SERVER spans, trace ids of canonical
lines, and the instances that sent them. With `hang` it takes requests and never answers.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from threesignals.testing import decode_lines, decode_spans

spans: list[str] = []
lines: list[str] = []
instances: set[str] = set()


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "hang" in sys.argv:
            time.sleep(600)
        if self.path == "/v1/traces":
            for span in decode_spans(body):
                instances.add(span.resource["service.instance.id"])
                if span.kind == "SERVER":
                    spans.append(span.trace_id)
        else:
            lines.extend(line.trace_id for line in decode_lines(body))
        self.answer(b"")

    def do_GET(self) -> None:
        received = {"spans": spans, "lines": lines, "instances": sorted(instances)}
        self.answer(json.dumps(received).encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Sink).serve_forever()
