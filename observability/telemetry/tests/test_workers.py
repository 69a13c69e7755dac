"""On a server with several workers, any of them shows what all of them have counted."""

import http.client
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .processes import WORKERS, Served, free_port, run

pytestmark = pytest.mark.e2e

every_server = pytest.mark.parametrize("server", WORKERS)
RESPAWNING = [name for name in WORKERS if name != "gunicorn-preload"]


def get(running: Served, path: str, accept: str = "") -> str:
    """Ask on a connection of its own, so that any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        assert response.status == 200, path
        return response.read().decode()
    finally:
        connection.close()


def sample(page: str, name: str) -> float:
    """Add up a sample's label sets."""
    return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)", page, re.M)))


def requests(running: Served) -> float:
    return sample(get(running, "/metrics"), "http_server_request_duration_seconds_count")


def processes(running: Served) -> set[int]:
    """Find the workers by asking until no new one answers."""
    return {int(get(running, "/process")) for _ in range(40)}


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@every_server
def test_every_worker_shows_the_sum_of_all_and_loses_nothing_when_one_is_killed(
    server: str,
) -> None:
    with run(WORKERS[server], free_port(), OTEL_SDK_DISABLED="true") as running:
        workers = processes(running)
        assert {requests(running) for _ in range(12)} == {40}
        os.kill(min(workers), signal.SIGKILL)
        wait_until(lambda: not alive(min(workers)))
        assert {requests(running) for _ in range(12)} == {40}
        get(running, "/")
        assert {requests(running) for _ in range(12)} == {41}


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@every_server
def test_what_is_in_flight_and_what_the_application_counts_is_added_up_too(server: str) -> None:
    with run(WORKERS[server], free_port(), OTEL_SDK_DISABLED="true") as running:
        held = [threading.Thread(target=get, args=(running, "/hold/3.0")) for _ in range(3)]
        for thread in held:
            thread.start()
        wait_until(lambda: sample(get(running, "/metrics"), "http_server_active_requests") == 3)
        for thread in held:
            thread.join()
        page = get(running, "/metrics")
    assert sample(page, "http_server_active_requests") == 0
    assert sample(page, "shop_orders_total") == 3


def test_workers_that_are_replaced_leave_their_counts() -> None:
    template = [*WORKERS["gunicorn"], "--max-requests", "10"]
    with run(template, free_port(), OTEL_SDK_DISABLED="true") as running:
        seen, workers = [], set()
        for _ in range(60):
            workers.add(get(running, "/process"))
            seen.append(requests(running))
    assert seen == [float(count) for count in range(1, 61)]
    assert len(workers) > 4


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_exemplars_are_kept_and_the_page_claims_to_be_no_single_instance(server: str) -> None:
    with run(WORKERS[server], free_port(), OTEL_SDK_DISABLED="true") as running:
        processes(running)
        page = get(running, "/metrics", accept="application/openmetrics-text")
    assert re.search(r'_bucket{.*} \d+\.0 # {.*trace_id="[0-9a-f]{32}"', page)
    (target,) = re.findall(r"^target_info{(.*)}", page, re.M)
    assert 'service_name="served"' in target
    assert "instance" not in target
    assert sample(page, "python_info") == 1


def test_without_a_folder_to_meet_in_a_line_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    env = {"OTEL_SDK_DISABLED": "true", "TELEMETRY_RUNTIME_DIRECTORY": missing}
    with run(WORKERS["uvicorn"], free_port(), **env) as running:
        get(running, "/")
        assert requests(running) <= 1
    said = capfd.readouterr().out
    assert "telemetry.metrics.incomplete" in said
    assert missing in said
    assert "TELEMETRY_RUNTIME_DIRECTORY" in said
