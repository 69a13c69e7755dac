"""A collector that is not there is told of once, and nobody's service looks dead meanwhile."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from threesignals import Settings, Telemetry
from threesignals._export.health import Health

from .test_outbox import soon

IMPLEMENTATIONS = pytest.mark.parametrize("implementation", ["contrib", "lean"])
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capfdbinary: pytest.CaptureFixture[bytes]) -> Lines:
    """Return what has been written on standard output so far, line by line."""
    text = b""

    def read() -> list[dict[str, Any]]:
        nonlocal text
        text += capfdbinary.readouterr().out
        return [json.loads(line) for line in text.splitlines() if line.endswith(b"}")]

    return read


class Collector(BaseHTTPRequestHandler):
    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector(port: int = 0, status: int = 200, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", port), Collector)
    server.status = status  # type: ignore[attr-defined]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def grpc() -> Iterator[int]:
    """Answer as a gRPC server does: with a frame of HTTP/2, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line:
                    line.recv(65536)
                    line.sendall(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00@\x00")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def telemetry(url: str, **environ: str) -> Iterator[Telemetry]:
    settings = Settings.from_env(
        "shop",
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "TELEMETRY_EXPORT_INTERVAL_SECONDS": "0.02",
            **environ,
        },
    )
    running = Telemetry(settings)
    yield running
    running.shutdown(0.1)


def told(found: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in found if line["event"] == f"telemetry.export.{event}"]


def warned(url: str, lines: Lines, **environ: str) -> str:
    """Log until a failure has been told; return its reason."""
    with telemetry(url, **environ) as running:
        running.logger("shop").info("order.placed")
        with running.tracer.start_as_current_span("price"):
            pass
        assert soon(lambda: told(lines(), "failed"))
        boxes = [lane.outbox for lane in running.lanes.values()]
        assert soon(lambda: all(box.failures or box.dropped for box in boxes))
    (warning,) = told(lines(), "failed")
    assert warning["level"] == "warning"
    assert re.fullmatch(rf"{url}/v1/(traces|logs)", warning["endpoint"])
    reason: str = warning["reason"]
    return reason


def test_a_collector_that_is_not_there(lines: Lines) -> None:
    assert warned(f"http://127.0.0.1:{unused_port()}", lines) == "connection refused"


def test_a_host_that_nobody_knows(lines: Lines) -> None:
    assert "not known" in warned("http://collector.invalid:4318", lines)


def test_the_port_of_grpc(lines: Lines) -> None:
    with grpc() as port:
        reason = warned(f"http://127.0.0.1:{port}", lines, OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert reason == "it does not answer in HTTP/1.1; http/protobuf is spoken here, not grpc"


def test_the_usual_port_of_grpc_is_known(lines: Lines) -> None:
    assert "4318 the one for HTTP" in warned("http://127.0.0.2:4317", lines)


def test_an_answer_that_refuses(lines: Lines) -> None:
    with collector(status=404) as port:
        assert warned(f"http://127.0.0.1:{port}", lines) == "HTTP 404"


def test_a_certificate_of_an_unknown_authority(lines: Lines) -> None:
    authority = trustme.CA()
    with collector(tls=server_side(authority)) as port:
        reason = warned(f"https://localhost:{port}", lines)
    assert "not trusted" in reason
    assert "OTEL_EXPORTER_OTLP_CERTIFICATE" in reason


def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def test_a_private_authority_and_a_client_s_certificate(tmp_path: Path, lines: Lines) -> None:
    authority = trustme.CA()
    mine = authority.issue_cert("shop")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "mine.pem"))
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    context = server_side(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    files = {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "ca.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(tmp_path / "mine.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(tmp_path / "key.pem"),
    }
    with (
        collector(tls=context) as port,
        telemetry(f"https://localhost:{port}", **files) as running,
    ):
        running.logger("shop").info("order.placed")
        assert running.flush()
    assert told(lines(), "failed") == []


@IMPLEMENTATIONS
def test_lines_are_printed_until_the_collector_has_taken_the_first(
    implementation: str, lines: Lines
) -> None:
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    with telemetry(url, TELEMETRY_IMPLEMENTATION=implementation) as running:
        log = running.logger("shop")
        log.info("before")
        assert soon(lambda: told(lines(), "failed"))
        with collector(port):
            assert running.flush(10)
            assert soon(lambda: told(lines(), "restored"))
            log.info("after")
            assert running.flush()
    assert [line["event"] for line in lines()] == [
        "before",
        "telemetry.export.failed",
        "telemetry.export.restored",
    ]


def test_a_later_outage_is_told_as_well_where_it_is_seen(lines: Lines) -> None:
    port = unused_port()
    with telemetry(f"http://127.0.0.1:{port}") as running:
        with collector(port):
            running.logger("shop").info("one")
            assert running.flush()
        running.logger("shop").info("two")
        assert soon(lambda: told(lines(), "failed"))
        with collector(port):
            assert soon(lambda: told(lines(), "restored"), 10)
            assert running.flush()  # that line is exported too
    assert len(told(lines(), "failed")) == len(told(lines(), "restored")) == 1


def test_one_signal_that_fails_for_ever_is_told_once() -> None:
    said: list[str] = []
    health = Health(lambda level, event, **_: said.append(f"{level} {event}"), lambda _: None)
    for _ in range(3):
        health.failed("logs", "http://user:pw@host:1/v1/logs", "HTTP 404")
        health.taken("traces", "http://user:pw@host:1/v1/traces")
    health.taken("logs", "http://user:pw@host:1/v1/logs")
    assert said == ["warning telemetry.export.failed", "info telemetry.export.restored"]


def test_the_endpoint_is_shown_without_what_is_secret() -> None:
    shown: list[str] = []
    health = Health(lambda *_, **fields: shown.append(fields["endpoint"]), lambda _: None)
    health.failed("logs", "https://user:pw@host:1/v1/logs?key=secret", "HTTP 404")
    assert shown == ["https://host:1/v1/logs"]


def test_variables_that_change_nothing_are_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
    Telemetry.from_env("shop").shutdown()
    (line,) = [line for line in lines() if line["event"] == "telemetry.settings.unused"]
    assert line["variables"] == "OTEL_METRICS_EXPORTER"
