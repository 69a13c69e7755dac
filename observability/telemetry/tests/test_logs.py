"""Log lines: correlated, structured, in the form that suits where they go."""

import io
import json
import logging
import sys

import flask
import pytest
from opentelemetry.sdk.trace import TracerProvider

from threesignals import Settings, Telemetry
from threesignals._log_record import SEVERITIES, LogRecord
from threesignals._logs import StandardHandler, console_sink, json_sink
from threesignals.flask import init_app
from threesignals.testing import Recorder

RECORD = LogRecord(
    timestamp_ns=1_700_000_000_123_456_789,
    severity=SEVERITIES["info"],
    event="read.done",
    attributes={"rows": 3},
    trace_id=0xABC,
    span_id=0xDEF,
    trace_flags=1,
)


def test_a_json_line_has_flat_keys_and_the_name_of_the_service() -> None:
    stream = io.BytesIO()
    json_sink(stream, {"service.name": "laptops"})(RECORD)
    assert json.loads(stream.getvalue()) == {
        "timestamp": "2023-11-14T22:13:20.123456Z",
        "level": "info",
        "event": "read.done",
        "trace_id": "00000000000000000000000000000abc",
        "span_id": "0000000000000def",
        "rows": 3,
        "service.name": "laptops",
    }


def test_a_line_on_a_terminal_is_coloured_text() -> None:
    stream = io.BytesIO()
    console_sink(stream)(RECORD)
    text = stream.getvalue().decode()
    assert "read.done" in text
    assert "\x1b[" in text


def test_lines_go_to_standard_output_without_a_collector(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    telemetry = Telemetry(Settings(service_name="laptops", resource_attributes={}))
    telemetry.logger("test").info("started", replicas=1)
    sys.stdout.flush()
    (line,) = capfdbinary.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "started"


def test_a_line_carries_the_current_trace(recorder: Recorder) -> None:
    log = recorder.telemetry.logger("test")
    log.info("before")
    with recorder.telemetry.tracer.start_as_current_span("work"):
        log.info("inside")
    (span,), (before, inside) = recorder.spans, recorder.log_lines
    assert (inside.trace_id, inside.span_id) == (span.trace_id, span.span_id)
    assert (before.trace_id, before.span_id) == ("", "")


def test_a_line_carries_the_trace_of_any_tracer(recorder: Recorder) -> None:
    with TracerProvider().get_tracer("another").start_as_current_span("work") as span:
        recorder.telemetry.logger("test").info("inside")
    assert recorder.log_lines[0].trace_id == f"{span.get_span_context().trace_id:032x}"


def test_an_exception_becomes_keys_by_the_conventions(recorder: Recorder) -> None:
    log = recorder.telemetry.logger("test")
    try:
        int("x")
    except ValueError:
        log.exception("parse.failed", text="x")
    (line,) = recorder.log_lines
    assert line.severity == "ERROR"
    assert line.event == "parse.failed"
    assert line.attributes["exception.type"] == "ValueError"
    assert "int(" in line.attributes["exception.stacktrace"]
    assert line.attributes["text"] == "x"


def test_the_level_is_a_floor_for_code_but_not_for_requests() -> None:
    recorder = Recorder(log_level="error")
    recorder.telemetry.logger("test").info("chatter")
    recorder.telemetry.logger("test").error("trouble")
    assert [line.event for line in recorder.log_lines] == ["trouble"]
    recorder.close()


def test_the_level_may_change_while_the_process_runs(recorder: Recorder) -> None:
    logger = recorder.telemetry.logger("test")
    recorder.telemetry.log_level = "error"
    logger.info("chatter")
    recorder.telemetry.log_level = "debug"
    logger.debug("detail")
    assert [line.event for line in recorder.log_lines] == ["detail"]


def test_values_of_any_type_can_be_logged(recorder: Recorder) -> None:
    recorder.telemetry.logger("test").info("odd", thing=object, items=[1, {"a": None}], big=2**80)
    assert recorder.log_lines[0].attributes["items"] == [1, {"a": None}]


def test_what_a_library_logs_is_a_line_too(recorder: Recorder) -> None:
    logger = logging.getLogger("library")
    handler = StandardHandler(recorder.telemetry.log)
    logger.addHandler(handler)
    try:
        logger.error("cannot reach %s", "amqp://lab:hunter2@mq")
    finally:
        logger.removeHandler(handler)
    (line,) = recorder.log_lines
    assert line.event == "cannot reach amqp://[redacted]@mq"
    assert line.attributes["logger"] == "library"
    assert line.severity == "ERROR"


@pytest.mark.parametrize("implementation", ["contrib", "lean"])
def test_lines_can_go_to_both_places(
    implementation: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    recorder = Recorder(logs="both", implementation=implementation)
    app = flask.Flask("test")
    init_app(app, recorder.telemetry)
    app.test_client().get("/")
    (sent,) = recorder.log_lines
    (printed,) = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert printed["trace_id"] == sent.trace_id
    assert printed["duration_s"] == sent.attributes["duration_s"]
    recorder.close()
