"""The process's table of secrets through the real collector, in every place that can hold one."""

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from observability.telemetry.tests.secret_cases import (
    HARMLESS,
    HARMLESS_NAMES,
    SECRET_NAMES,
    SECRETS,
)
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab.paths import OBSERVABILITY

from .backends import eventually
from .conftest import free_ports
from .otlp import Sender, any_value, log, span

pytestmark = pytest.mark.e2e

PLANTED = "Zm9v-planted"


class Sink(ThreadingHTTPServer):
    """Takes what the collector sends on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.spans: list[Span] = []
        self.lines: list[LogRecord] = []


class Taker(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            for item in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.server.spans += [span for scope in item.scope_spans for span in scope.spans]
        else:
            for group in ExportLogsServiceRequest.FromString(body).resource_logs:
                self.server.lines += [
                    line for scope in group.scope_logs for line in scope.log_records
                ]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    server = Sink()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def sender(
    sink: Sink, programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sender]:
    """Into a collector that sends everything on as it is after redaction."""
    folder, ports = tmp_path_factory.mktemp("redaction"), free_ports()
    config = folder / "collector.yaml"
    config.write_text(yaml.safe_dump(passing_on(sink.server_port)))
    environment = {
        **os.environ,
        "OTLP_GRPC_ENDPOINT": f"127.0.0.1:{ports.otlp_grpc}",
        "OTLP_HTTP_ENDPOINT": f"127.0.0.1:{ports.otlp_http}",
        "COLLECTOR_HEALTH_ENDPOINT": f"127.0.0.1:{ports.collector_health}",
        "COLLECTOR_METRICS_PORT": str(ports.collector_metrics),
        "COLLECTOR_QUEUE_DIRECTORY": str(folder / "queue"),
        "COLLECTOR_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([programs["otelcol-lab"], "--config", config], env=environment)
    sender = Sender(f"http://127.0.0.1:{ports.otlp_http}")
    eventually(lambda: is_up(sender))
    yield sender
    process.terminate()
    process.wait(10)


def passing_on(port: int) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(
        (OBSERVABILITY / "otel-collector" / "collector.yaml").read_text()
    )
    config["exporters"] = {
        "otlp_http": {"endpoint": f"http://127.0.0.1:{port}", "compression": "none"}
    }
    del config["connectors"]
    pipelines = config["service"]["pipelines"]
    config["service"]["pipelines"] = {
        name: {**pipelines[name], "exporters": ["otlp_http"]} for name in ("traces", "logs")
    }
    return config


def is_up(sender: Sender) -> bool:
    try:
        sender.spans([])
    except OSError:
        return False
    except Exception:  # httpx has its own errors
        return False
    return True


def sent_on(sink: Sink, sender: Sender, made: Span) -> Span:
    sink.spans.clear()
    sender.spans([made])
    assert eventually(lambda: len(sink.spans) == 1)
    return sink.spans[0]


def logged_on(sink: Sink, sender: Sender, made: LogRecord) -> LogRecord:
    sink.lines.clear()
    sender.logs([made])
    assert eventually(lambda: len(sink.lines) == 1)
    return sink.lines[0]


def test_a_secret_in_any_text_of_a_span_is_masked(sink: Sink, sender: Sender) -> None:
    told = {f"case.{number}": text for number, (text, _) in enumerate(SECRETS)}
    span_ = sent_on(sink, sender, span(attributes=told, event=told))
    shown = [
        {pair.key: pair.value.string_value for pair in part.attributes}
        for part in (span_, span_.events[0])
    ]
    for number, (text, secret) in enumerate(SECRETS):
        for attributes in shown:
            assert secret not in attributes[f"case.{number}"], text


def test_a_secret_in_a_name_or_a_message_is_masked(sink: Sink, sender: Sender) -> None:
    sink.spans.clear()
    sender.spans(span(text, error=True, message=text) for text, _ in SECRETS)
    assert eventually(lambda: len(sink.spans) == len(SECRETS))
    for (text, secret), span_ in zip(SECRETS, sink.spans, strict=True):
        assert secret not in span_.name, text
        assert secret not in span_.status.message, text
        assert not [pair.key for pair in span_.attributes if pair.key.startswith("shown.")]


def test_a_secret_in_any_part_of_a_line_is_masked(sink: Sink, sender: Sender) -> None:
    sink.lines.clear()
    records = [log(text, attributes={"case": text}) for text, _ in SECRETS]
    for record, (text, _) in zip(records, SECRETS, strict=True):
        record.event_name = text
    sender.logs(records)
    assert eventually(lambda: len(sink.lines) == len(SECRETS))
    for (_, secret), line in zip(SECRETS, sink.lines, strict=True):
        assert secret not in str(line)


def test_a_secret_in_a_mapping_or_a_list_is_masked(sink: Sink, sender: Sender) -> None:
    record = log()
    nested = record.attributes.add(key="nested").value.kvlist_value
    for name in SECRET_NAMES:
        nested.values.add(key=name, value=any_value(PLANTED))
    listed = record.attributes.add(key="listed").value.array_value
    listed.values.extend(any_value(text) for text, _ in SECRETS[:9])
    shown = str(logged_on(sink, sender, record))
    assert PLANTED not in shown
    assert [secret for _, secret in SECRETS[:9] if secret in shown] == []


def test_the_value_of_a_secrets_name_is_masked_and_no_other(sink: Sink, sender: Sender) -> None:
    told = dict.fromkeys((*SECRET_NAMES, *HARMLESS_NAMES), PLANTED)
    span_ = sent_on(sink, sender, span(attributes=told))
    shown = {pair.key: pair.value.string_value for pair in span_.attributes}
    assert [name for name in SECRET_NAMES if shown[name] != "****"] == []
    assert [name for name in HARMLESS_NAMES if shown[name] != PLANTED] == []


def test_a_harmless_text_stays_as_it_is(sink: Sink, sender: Sender) -> None:
    told = {f"case.{number}": text for number, text in enumerate(HARMLESS)}
    span_ = sent_on(sink, sender, span(HARMLESS[0], attributes=told))
    assert span_.name == HARMLESS[0]
    shown = {pair.key: pair.value.string_value for pair in span_.attributes}
    assert {key: text for key, text in told.items() if shown[key] != text} == {}
