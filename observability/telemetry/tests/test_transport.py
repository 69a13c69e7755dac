"""What an answer of the collector means."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from threesignals._endpoint import Endpoint
from threesignals._export.transport import Outcome, Transport


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status = 200
    bodies: list[bytes]
    seen: list[dict[str, str]]
    connections: set[tuple[str, int]]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({**self.headers, "path": self.path})
        self.connections.add(self.client_address)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, type[Collector]]]:
    handler = type("Handler", (Collector,), {"bodies": [], "seen": [], "connections": set()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (202, Outcome.SENT),
        (400, Outcome.REJECTED),
        (413, Outcome.REJECTED),
        (429, Outcome.RETRY),
        (500, Outcome.REJECTED),
        (502, Outcome.RETRY),
        (503, Outcome.RETRY),
        (504, Outcome.RETRY),
    ],
)
def test_an_answer_says_what_becomes_of_a_batch(
    collector: tuple[str, type[Collector]], status: int, outcome: Outcome
) -> None:
    url, handler = collector
    handler.status = status
    assert Transport(Endpoint(url=url)).send(b"body") is outcome


def test_a_connection_is_kept(collector: tuple[str, type[Collector]]) -> None:
    url, handler = collector
    transport = Transport(Endpoint(url=url, headers={"x-tenant": "lab"}))
    for _ in range(3):
        transport.send(b"body")
    assert len(handler.connections) == 1
    assert handler.seen[0]["x-tenant"] == "lab"
    assert handler.seen[0]["path"] == "/v1/traces"
    assert handler.seen[0]["Content-Type"] == "application/x-protobuf"


def test_bodies_are_compressed_when_asked(collector: tuple[str, type[Collector]]) -> None:
    url, handler = collector
    Transport(Endpoint(url=url, compress=True)).send(b"body" * 100)
    assert handler.seen[0]["Content-Encoding"] == "gzip"
    assert gzip.decompress(handler.bodies[0]) == b"body" * 100


def test_a_collector_that_is_gone_is_tried_again() -> None:
    transport = Transport(Endpoint(url="http://127.0.0.1:9/v1/traces"))
    assert transport.send(b"body") is Outcome.RETRY
