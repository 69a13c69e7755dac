import io
import json
from types import SimpleNamespace
from typing import Any

from locust.env import Environment

from exporter import build
from record import Recorder, request_line

CONTEXT = {"user": "LaptopsUser", "service": "laptops", "trace_id": "ab" * 16}
EVENT: dict[str, Any] = {
    "request_type": "GET",
    "name": "/laptops",
    "response_time": 104.25,
    "response_length": 2,
    "response": SimpleNamespace(status_code=200),
    "context": CONTEXT,
    "exception": None,
    "start_time": 1_700_000_000.5,
}


def test_a_request_becomes_one_line_with_everything_that_finds_its_trace() -> None:
    assert request_line(EVENT) == {
        "kind": "request",
        "time": 1_700_000_000.5,
        "user": "LaptopsUser",
        "service": "laptops",
        "method": "GET",
        "name": "/laptops",
        "status": 200,
        "latency_ms": 104.25,
        "trace_id": "ab" * 16,
        "error": None,
    }


def test_no_answer_has_status_0_and_says_why() -> None:
    event = EVENT | {"response": None, "exception": ConnectionRefusedError()}
    line = request_line(event)
    assert (line["status"], line["error"]) == (0, "ConnectionRefusedError")


def test_the_recorder_writes_requests_as_they_end_and_users_when_sampled() -> None:
    environment, file = Environment(user_classes=[]), io.StringIO()
    recorder = Recorder(environment, file)
    recorder.attach()
    environment.events.request.fire(**EVENT)
    recorder.sample()
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [line["kind"] for line in lines] == ["request", "users"]


def test_metrics_count_requests_by_user_and_outcome() -> None:
    environment = Environment(user_classes=[])
    registry = build(environment)
    environment.events.request.fire(**EVENT)
    environment.events.request.fire(**EVENT | {"exception": TimeoutError()})
    labels = {"user": "LaptopsUser", "method": "GET", "name": "/laptops"}
    counts = {
        outcome: registry.get_sample_value("locust_requests_total", labels | {"outcome": outcome})
        for outcome in ("success", "failure")
    }
    assert counts == {"success": 1, "failure": 1}
