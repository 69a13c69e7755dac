"""A replica ends without losing a request, as its gateway and its telemetry see it."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Replica, eventually, replica, start, status_of

pytestmark = pytest.mark.e2e

USERS = 12
both_services = pytest.mark.parametrize("service", ["laptops", "port"])


class Gateway:
    """Sends requests to a replica as long as its readiness lets it, like any gateway."""

    def __init__(self, running: Replica) -> None:
        self._replica = running
        self._in_rotation = threading.Event()
        self._in_rotation.set()
        self.statuses: list[int] = []

    def watch(self) -> None:
        """Look at readiness until it is lost."""
        eventually(lambda: status_of(f"{self._replica.url}/readyz") != 200, "it stops being ready")
        self._in_rotation.clear()

    def use(self) -> None:
        """Be one user: one request after the other over a connection that is kept."""
        with httpx.Client(timeout=30) as client:
            while self._in_rotation.is_set():
                self.statuses.append(client.get(self._replica.collection).status_code)


@pytest.fixture
def load(service: str, tmp_path: Path) -> Iterator[tuple[Replica, Gateway]]:
    settings = {"DRAIN_SECONDS": "3", "SUPPLIER_LATENCY_SECONDS": "0.05"}
    with replica(service, tmp_path, **settings) as running:
        yield running, Gateway(running)


@both_services
def test_sigterm_under_load_loses_no_request_and_no_log_line(load: tuple[Replica, Gateway]) -> None:
    running, gateway = load
    with ThreadPoolExecutor(USERS + 1) as pool:
        pool.submit(gateway.watch)
        users = [pool.submit(gateway.use) for _ in range(USERS)]
        eventually(lambda: len(gateway.statuses) > 5 * USERS, "load has begun")
        running.signal()
        for user in users:
            user.result()

    status, lines = running.wait()
    assert status == 0
    assert set(gateway.statuses) == {200}
    assert len([line for line in lines if line["event"] == "http.request"]) == len(gateway.statuses)


@both_services
def test_while_it_drains_it_is_alive_not_ready_and_serves(service: str, tmp_path: Path) -> None:
    with replica(service, tmp_path, DRAIN_SECONDS="60") as running:
        running.signal()
        eventually(lambda: status_of(f"{running.url}/readyz") == 503, "it says it is not ready")

        assert status_of(f"{running.url}/healthz") == 200
        answer = httpx.get(running.collection)
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")


@both_services
def test_a_request_in_flight_when_the_drain_ends_is_answered(service: str, tmp_path: Path) -> None:
    settings = {"DRAIN_SECONDS": "0.2", "SUPPLIER_LATENCY_SECONDS": "1.5"}
    with replica(service, tmp_path, **settings) as running, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, running.collection, timeout=30)
        eventually(lambda: running.requests_in_work() == 1, "the request arrives")
        running.signal()

        assert answer.result().status_code == 200
        status, lines = running.wait()
        assert status == 0
        assert "http.request" in {line["event"] for line in lines}


@both_services
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(
    service: str, tmp_path: Path, second: signal.Signals
) -> None:
    with replica(service, tmp_path, DRAIN_SECONDS="60") as running:
        running.signal()
        eventually(lambda: status_of(f"{running.url}/readyz") == 503, "it says it is not ready")
        running.signal(second)

        assert running.process.wait(timeout=2) == 128 + second


@both_services
def test_sigint_ends_it_without_a_drain(service: str, tmp_path: Path) -> None:
    with replica(service, tmp_path, DRAIN_SECONDS="60") as running:
        running.signal(signal.SIGINT)

        assert running.process.wait(timeout=5) == 0


@both_services
def test_probes_answer_while_more_wait_than_a_replica_can_handle(
    service: str, tmp_path: Path
) -> None:
    settings = {
        "CAPACITY_CONCURRENCY": "1",
        "SUPPLIER_LATENCY_SECONDS": "0.1",
        "QUEUE_SECONDS": "10",
    }
    with replica(service, tmp_path, **settings) as running, ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(httpx.get, running.collection, timeout=30) for _ in range(20)]
        eventually(lambda: running.requests_in_work() > 10, "most of them wait")
        before = time.monotonic()

        assert [
            status_of(running.url + probe) for probe in ("/healthz", "/readyz", "/metrics")
        ] == [
            200,
            200,
            200,
        ]
        assert time.monotonic() - before < 1
        assert not all(request.done() for request in waiting)
        assert {request.result().status_code for request in waiting} == {200}


@both_services
@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DRAIN_SECONDS": "soon"}, "DRAIN_SECONDS: Input should be a valid number"),
        (
            {"DATABASE_URL": "sqlite:////no/such/folder/x.db"},
            "Cannot use the database sqlite:////no",
        ),
        ({"HTTP_HOST": "192.0.2.1"}, "Cannot listen on 192.0.2.1 port "),
    ],
)
def test_what_keeps_it_from_starting_is_told_in_one_line(
    service: str, tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    replica = start(service, tmp_path, **environment)

    status = replica.process.wait(30)
    output = replica.output.read_text()

    assert status == 2
    assert output.startswith(sentence)
    assert output.count("\n") == 1
