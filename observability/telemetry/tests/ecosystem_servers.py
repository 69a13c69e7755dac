"""Servers that the libraries under test talk to: they speak just enough of a protocol."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Redis(socketserver.StreamRequestHandler):
    """Answers every command as Redis answers one that worked."""

    def handle(self) -> None:
        while head := self.rfile.readline():
            words = [self._word() for _ in range(int(head[1:]))]
            self.wfile.write(b"-ERR unknown command\r\n" if words[0] == b"HELLO" else b"+OK\r\n")

    def _word(self) -> bytes:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]


class _Web(BaseHTTPRequestHandler):
    """Answers with the `traceparent` that it was sent."""

    def do_GET(self) -> None:
        body = (self.headers["traceparent"] or "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be silent."""


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def redis_port() -> Iterator[int]:
    """A Redis, for as long as the block lasts."""
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Redis)) as port:
        yield port


@contextmanager
def web_port() -> Iterator[int]:
    """A web server, for as long as the block lasts."""
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), _Web)) as port:
        yield port
