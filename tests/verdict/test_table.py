"""The table of disturbances is complete, and its proxies do what it says they do."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml
from tests.lab.experiments.spike.a_run import evidence
from tests.support.processes import free_port
from tests.verdict import policies, proxy, results, summary
from tests.verdict.results import Results
from tests.verdict.table import ROWS, Row

from lab.autoscaler.scaledobject import load
from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.facts import SERVICES
from lab.stack.policies import files


def kind(check: str) -> str:
    """Leave out which service a check is about."""
    for service in SERVICES:
        check = check.removesuffix(f"-{service}")
    return check


def test_every_check_has_a_row_by_which_it_must_fail() -> None:
    checks = {kind(check.name) for check in judge(evidence(), Limits()).checks}
    assert {kind(name) for row in ROWS for name in row.must} == checks


def test_rows_have_names_of_their_own_and_some_are_healthy() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert [row.name for row in ROWS if not row.must] == ["healthy", "healthy-port"]


def healthy(row: Row) -> results.Result:
    return results.result(row, judge(evidence(), Limits()))


def broken(row: Row) -> results.Result:
    return results.result(row, judge(evidence(scales=False), Limits()))


def test_a_healthy_row_must_pass_and_a_disturbed_one_must_fail_by_its_checks() -> None:
    rows = {row.name: row for row in ROWS}
    as_it_must = results.as_it_must
    assert as_it_must(rows["healthy"], healthy(rows["healthy"]))
    assert not as_it_must(rows["healthy"], broken(rows["healthy"]))
    assert as_it_must(rows["no-scaler"], broken(rows["no-scaler"]))
    assert not as_it_must(rows["control-40-ms"], broken(rows["control-40-ms"]))


def test_results_are_kept_and_shown(tmp_path: Path) -> None:
    rows = {row.name: row for row in ROWS}
    runs = [broken(rows["no-scaler"]), healthy(rows["healthy"]), healthy(rows["healthy"])]
    file = tmp_path / "results.json"
    file.write_text(Results(runs=runs).model_dump_json())
    table = summary.markdown(summary.summarize(results.load(file)))
    assert "| nothing | nothing | 2 of 2 | 2 of 2 | - |" in table
    assert "`target-scaled-out`: 1, at least 3 times | 1 of 1 | 0 of 1 |" in table
    assert "0 of 25 checks failed alone" in table


def test_the_documents_show_the_last_summary() -> None:
    shown = summary.PAGE.read_text().split(summary.BEGIN)[1].split(summary.END)[0]
    last = summary.Summary.model_validate_json(summary.FILE.read_text())
    assert shown == summary.markdown(last)


def test_policies_differ_in_how_quick_they_are_only(tmp_path: Path) -> None:
    written = sorted(policies.write(tmp_path).iterdir())
    assert [file.name for file in written] == [file.name for file in files()]
    for ours, own in zip(written, files(), strict=True):
        assert load(ours).spec.max_replica_count == load(own).spec.max_replica_count
        texts = [yaml.safe_load(own.read_text().replace("[10s]", "[5s]"))]
        texts.append(yaml.safe_load(ours.read_text()))
        for text in texts:
            text["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"].pop("scaleDown")
        assert texts[0] == texts[1]


class Store(BaseHTTPRequestHandler):
    """Takes posts and remembers them."""

    protocol_version = "HTTP/1.1"
    taken: list[bytes]

    def do_POST(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def store() -> Iterator[tuple[int, list[bytes]]]:
    handler = type("OneStore", (Store,), {"taken": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(server.serve_forever, 0.05)
        yield server.server_port, handler.taken  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture
def unused_port() -> int:
    return free_port()


def posts(port: int, count: int) -> list[float]:
    """Post one after the other; return how long each took."""
    took = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(count):
            began = time.monotonic()
            assert client.post("/", content=str(number)).is_success
            took.append(time.monotonic() - began)
    return took


def test_a_lossy_proxy_loses_every_nth_post_and_says_it_was_taken(
    store: tuple[int, list[bytes]], unused_port: int
) -> None:
    target, taken = store
    with proxy.running("lossy", unused_port, target, "--every", 3):
        posts(unused_port, 6)
    assert taken == [b"0", b"1", b"3", b"4"]


def test_a_slow_proxy_holds_every_nth_request_back_and_loses_none(
    store: tuple[int, list[bytes]], unused_port: int
) -> None:
    target, taken = store
    options = ("--every", 3, "--delay", 0.5, "--at-most", 1)
    with proxy.running("slow", unused_port, target, *options):
        took = posts(unused_port, 6)
    assert len(taken) == 6
    assert took[2] >= 0.5
    assert sum(seconds >= 0.5 for seconds in took) == 1
