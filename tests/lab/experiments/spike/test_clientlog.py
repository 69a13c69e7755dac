import json
from pathlib import Path

from lab.experiments.spike.clientlog import Tail

REQUEST = {
    "kind": "request",
    "time": 10.0,
    "due": 9.5,
    "user": "PortUser",
    "service": "port",
    "method": "GET",
    "name": "/port",
    "status": 200,
    "latency_ms": 250.0,
    "trace_id": "ab" * 16,
    "error": None,
}


def test_a_line_is_read_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    text = json.dumps(REQUEST) + "\n"
    path.write_text(text + text[:20])
    tail = Tail(path)
    assert len(tail.read().requests) == 1
    path.write_text(text + text)
    assert len(tail.read().requests) == 2


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert Tail(tmp_path / "none").read().requests == []


def test_users_are_named_by_the_service_they_ask(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    users = {
        "kind": "users",
        "time": 1.0,
        "users": {"LaptopsUser": 100, "PortUser": 10},
        "late_ms": 3.0,
    }
    path.write_text(json.dumps(users) + "\n" + '{"kind": "phase", "time": 1, "phase": "spike"}\n')
    log = Tail(path).read()
    assert log.users[0].counts == {"laptops": 100, "port": 10}
    assert log.phases == {"spike": 1}


def test_an_answer_ends_when_its_latency_is_over(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text(json.dumps(REQUEST) + "\n")
    assert Tail(path).read().requests[0].ended == 10.25


def test_all_that_was_due_is_there_sent_or_not_and_waits_from_then(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    missed = {"kind": "missed", "time": 10.0, "due": 8.5, "user": "PortUser", "service": "port"}
    cleaning = REQUEST | {"due": None, "method": "DELETE"}
    path.write_text("".join(json.dumps(line) + "\n" for line in (REQUEST, missed, cleaning)))
    log = Tail(path).read()
    assert [(slot.due, slot.latency_ms, slot.served) for slot in log.slots("port")] == [
        (8.5, 1500, False),
        (9.5, 750, True),
    ]
    assert len(log.of("port")) == 2, "a request without a due time is still a request"
