import io
import json
import time
from types import SimpleNamespace
from typing import Any

import gevent
from locust.env import Environment

import fromdue
from exporter import build
from record import Recorder, lateness_ms, request_line
from users import slot_missed

CONTEXT = {
    "user": "LaptopsUser",
    "service": "laptops",
    "trace_id": "ab" * 16,
    "due": 1_700_000_000.25,
}
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
        "due": 1_700_000_000.25,
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


def test_a_slot_without_a_request_is_a_line_too() -> None:
    environment, file = Environment(user_classes=[]), io.StringIO()
    Recorder(environment, file).attach()
    slot_missed.fire(user="PortUser", service="port", due=5.0, now=9.25)
    assert [json.loads(line) for line in file.getvalue().splitlines()] == [
        {"kind": "missed", "time": 9.25, "due": 5.0, "user": "PortUser", "service": "port"}
    ]


def test_a_locust_that_is_kept_from_running_is_late() -> None:
    watching = gevent.spawn(lateness_ms)
    gevent.sleep(0)
    time.sleep(0.3)  # nothing else runs in this thread meanwhile
    assert watching.get() >= 150


def test_locusts_page_shows_latency_from_the_slot_beside_latency_from_sending() -> None:
    environment = Environment(user_classes=[])
    fromdue.show(environment)
    due = fromdue.clock() - 2
    environment.events.request.fire(**EVENT | {"context": CONTEXT | {"due": due}})
    slot_missed.fire(user="LaptopsUser", service="laptops", due=5.0, now=9.25)
    rows = {key: entry.max_response_time for key, entry in environment.stats.entries.items()}
    assert rows["/laptops", "GET from due"] >= 2000
    assert rows["laptops", "due, never sent"] == 4250
    assert environment.stats.total.num_requests == 0, "Locust's own totals count requests only"


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
