"""A replica that is asked for more than it can do goes on with what it can, and says so."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from tests.support import rude
from tests.support.processes import Replica, eventually, replica

pytestmark = pytest.mark.e2e

both_services = pytest.mark.parametrize("service", ["laptops", "port"])
SOON_SECONDS = 2.0
PROBE_SECONDS = 1.0
ROUNDS = 10
MEGABYTE = 1024 * 1024


def resident(running: Replica) -> int:
    """How much memory it holds, in bytes."""
    return int(psutil.Process(running.process.pid).memory_info().rss)


def ask(running: Replica) -> httpx.Response:
    """Ask for the collection as somebody would who comes now; a wait that is too long raises."""
    return httpx.get(running.collection, timeout=SOON_SECONDS)


@contextmanager
def probed(running: Replica) -> Iterator[None]:
    """Probe it as Kubernetes would while the block runs: every answer is there in time, and 200."""
    over, statuses = threading.Event(), []

    def probe() -> None:
        while not over.is_set():
            answer = httpx.get(f"{running.url}/healthz", timeout=PROBE_SECONDS)
            statuses.append(answer.status_code)

    with ThreadPoolExecutor(1) as pool:
        probing = pool.submit(probe)
        try:
            yield
        finally:
            over.set()
        probing.result()
    assert set(statuses) == {200}
    assert running.process.poll() is None


def sample(running: Replica, name: str) -> float:
    """What a metric of the replica says, all reasons together."""
    lines = httpx.get(f"{running.url}/metrics", timeout=PROBE_SECONDS).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name}{{"))


@both_services
@pytest.mark.parametrize("count", [8, 80, 800])
def test_clients_that_stall_in_their_body_keep_nobody_waiting(
    service: str, count: int, tmp_path: Path
) -> None:
    with replica(service, tmp_path) as running:
        path = httpx.URL(running.collection).path
        stalled = rude.clients(running.url, count, saying=rude.stalled_post(path))
        with stalled, probed(running):
            assert {ask(running).status_code for _ in range(ROUNDS)} == {200}


@both_services
@pytest.mark.parametrize("count", [8, 80, 800])
def test_clients_that_do_not_take_their_answer_keep_nobody_waiting(
    service: str, count: int, tmp_path: Path
) -> None:
    with replica(service, tmp_path) as running:
        httpx.get(running.url + rude.LARGE)
        before = resident(running)
        with rude.clients(running.url, count, saying=rude.get(rude.LARGE)), probed(running):
            assert {ask(running).status_code for _ in range(ROUNDS)} <= {200, 503}
            assert resident(running) - before < 128 * MEGABYTE


@both_services
def test_a_request_that_never_ends_is_told_so_and_counted(service: str, tmp_path: Path) -> None:
    with replica(service, tmp_path) as running:
        path = httpx.URL(running.collection).path
        with rude.clients(running.url, 1, saying=rude.stalled_post(path)) as (client,):
            client.settimeout(30)
            assert client.recv(1024).startswith(b"HTTP/1.1 408 ")
        assert sample(running, "http_server_closed_connections_total") == 1


@both_services
def test_bytes_now_and_then_do_not_put_the_deadline_off(service: str, tmp_path: Path) -> None:
    with replica(service, tmp_path) as running, rude.clients(running.url, 1) as (client,):
        client.settimeout(0.2)
        for byte in rude.stalled_post("/") * 10:
            client.send(bytes([byte]))
            try:
                said = client.recv(1024)
                break
            except TimeoutError:
                continue
        assert said.startswith(b"HTTP/1.1 408 ")


@both_services
def test_of_300_requests_some_are_served_and_the_others_are_told_to_come_back(
    service: str, tmp_path: Path
) -> None:
    with (
        replica(service, tmp_path, SUPPLIER_LATENCY_SECONDS="5") as running,
        rude.clients(running.url, 300, saying=rude.get(httpx.URL(running.collection).path)),
        probed(running),
    ):
        eventually(lambda: sample(running, "http_server_shed_requests_total") > 0, "some are shed")
        for _ in range(3):
            refused = ask(running)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert refused.json()["type"] == "urn:laptop-lab:problem:overloaded"


@both_services
def test_5000_connections_without_a_request_keep_nobody_waiting(
    service: str, tmp_path: Path
) -> None:
    with replica(service, tmp_path) as running:
        before = resident(running)
        with rude.clients(running.url, 5_000), probed(running):
            assert {ask(running).status_code for _ in range(ROUNDS)} == {200}
            assert resident(running) - before < 64 * MEGABYTE
            assert sample(running, "http_server_closed_connections_total") > 0
