"""A few real seconds of Locust against a server that counts."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

LOADTESTS = Path(__file__).parents[2] / "loadtests"


class Shop(BaseHTTPRequestHandler):
    """Answers as a service would, and remembers who asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: list[tuple[str, str, str]]

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, self.headers["traceparent"]))
        status = {"POST": 201, "DELETE": 204}.get(self.command, 200)
        body = b"" if status == 204 else b'{"id": 7}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def shop() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    handler = type("CountingShop", (Shop,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(server.serve_forever, 0.05)
        yield f"http://127.0.0.1:{server.server_port}", handler.seen  # type: ignore[attr-defined]
        server.shutdown()


def run(locustfile: str, log: Path, *options: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "locust", "-f", str(LOADTESTS / locustfile), "--headless"]
    quiet = ["--only-summary", "--stop-timeout=5", f"--request-log={log}"]
    command += [*quiet, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in log.read_text().splitlines()]


PLAN = (
    "--warmup-seconds=1", "--baseline-seconds=1", "--spike-seconds=2", "--recovery-seconds=2",
    "--base-users=4", "--spike-users=20", "--control-users=4", "--users-per-second=20",
)  # fmt: skip


@pytest.mark.parametrize(
    ("locustfile", "target", "control"),
    [("spike_laptops.py", "laptops", "port"), ("spike_port.py", "port", "laptops")],
)
def test_the_target_spikes_while_the_control_stays(
    locustfile: str, target: str, control: str, tmp_path: Path,
    shop: tuple[str, list[tuple[str, str, str]]],
) -> None:  # fmt: skip
    host, seen = shop
    lines = run(locustfile, tmp_path / "log", f"--host={host}", *PLAN)
    requests = [line for line in lines if line["kind"] == "request"]
    starts = {line["phase"]: line["time"] for line in lines if line["kind"] == "phase"}
    running = [line for line in lines if starts["baseline"] <= line["time"] < starts["end"]]
    users = [line["users"] for line in running if line["kind"] == "users"]
    of_target, of_control = f"{target.capitalize()}User", f"{control.capitalize()}User"

    assert len(requests) == len(seen), "what was sent and what was recorded differ"
    assert {r["due"] <= r["time"] for r in requests if r["due"] is not None} == {True}
    assert [r["error"] for r in requests if r["error"]] == []
    assert max(each[of_target] for each in users) == 20
    assert {each[of_control] for each in users} == {4}
    assert list(starts) == ["warmup", "baseline", "spike", "recovery", "end"]


def test_every_request_has_a_trace_of_its_own_and_the_store_is_left_as_it_was(
    tmp_path: Path, shop: tuple[str, list[tuple[str, str, str]]]
) -> None:
    host, seen = shop
    options = ("--users=20", "--spawn-rate=20", "--run-time=4s")
    lines = run("steady.py", tmp_path / "log", f"--host={host}", *options)
    logged = {line["trace_id"] for line in lines if line["kind"] == "request"}
    assert logged == {header.split("-")[1] for _, _, header in seen}
    assert len(logged) == len(seen)
    methods = Counter(method for method, _, _ in seen)
    assert methods["POST"] == methods["DELETE"]


def test_a_service_that_stands_still_has_an_entry_for_every_second(
    tmp_path: Path, shop: tuple[str, list[tuple[str, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, seen = shop

    def answer_late(self: Shop) -> None:
        if len(seen) == 4:
            time.sleep(3)
        Shop.answer(self)

    monkeypatch.setattr(Shop, "do_GET", answer_late)
    options = ("--users=1", "--spawn-rate=1", "--run-time=10s")
    lines = run("steady.py", tmp_path / "log", f"--host={host}", *options)
    due = sorted(
        line["due"] for line in lines if line["kind"] in ("request", "missed") and line["due"]
    )
    assert [round(later - earlier, 3) for earlier, later in pairwise(due)] == [1.0] * (len(due) - 1)
    assert sum(line["kind"] == "missed" for line in lines) == 2
