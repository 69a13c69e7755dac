"""A worker has no API, but is asked the same three questions: alive, ready, and what it counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

TEXT = "text/plain; charset=utf-8"


@contextmanager
def serve(
    host: str, port: int, registry: CollectorRegistry, ready: Callable[[], bool]
) -> Iterator[int]:
    """Serve /healthz, /readyz and /metrics while the block runs; give the port (0: a free one)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/healthz":
                    self._answer(200, b"ok\n")
                case "/readyz":
                    self._answer(*((200, b"ok\n") if ready() else (503, b"no broker\n")))
                case "/metrics":
                    encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                    self._answer(200, encode(registry), content_type)
                case _:
                    self._answer(404, b"not found\n")

        def _answer(self, status: int, body: bytes, content_type: str = TEXT) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing: probes are outside every signal."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, name="probes", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
