"""On every server that the services may run on, no span is lost and no exit is late."""

import subprocess
import sys
import time

import pytest

from .processes import HERE, SERVERS, environment, free_port, received, serve, sink

pytestmark = pytest.mark.e2e

IMPLEMENTATIONS = ("contrib", "lean")
every_server = pytest.mark.parametrize("server", SERVERS)
both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


@every_server
@both
def test_sigterm_under_load_loses_nothing(server: str, implementation: str) -> None:
    port = free_port()
    with (
        sink(port),
        serve(server, port, TELEMETRY_IMPLEMENTATION=implementation) as running,
    ):
        running.get()  # its worker has started
        running.start_load(clients=4, rate=200)
        time.sleep(1.0)
        running.terminate()
        running.end_load()
        assert_all_arrived(running.traces, port)


@every_server
def test_an_outage_of_the_collector_loses_nothing(server: str) -> None:
    port = free_port()
    with serve(server, port, TELEMETRY_IMPLEMENTATION="lean") as running:
        running.start_load(clients=4, rate=200)
        time.sleep(2.0)
        with sink(port):
            running.end_load()
            wait_until_all_arrived(running.traces, port)


@pytest.mark.timeout(120)
def test_an_outage_of_30_seconds_at_400_requests_a_second_loses_nothing() -> None:
    port = free_port()
    with serve("uvicorn", port, TELEMETRY_IMPLEMENTATION="lean") as running:
        running.start_load(clients=8, rate=400)
        time.sleep(30)
        assert len(running.traces) > 30 * 400 * 0.8
        with sink(port):
            running.end_load()
            wait_until_all_arrived(running.traces, port)


@every_server
def test_exit_with_a_collector_that_hangs_is_in_time(server: str) -> None:
    port = free_port()
    with serve(server, port, TELEMETRY_IMPLEMENTATION="lean") as running, sink(port, "hang"):
        running.get(times=5)
        assert running.terminate() < 6.5


def test_exit_with_a_collector_that_is_gone_is_in_time() -> None:
    with serve("uvicorn", free_port(), TELEMETRY_IMPLEMENTATION="lean") as running:
        running.get(times=5)
        assert running.terminate() < 6.5


FORKING = """
import os
from served import flask_app
app = flask_app()
telemetry, client = app.extensions["telemetry"], app.test_client()
client.get("/")
child = os.fork()
client.get("/")
telemetry.shutdown()
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""


@both
def test_a_forked_process_sends_its_own_items_under_its_own_name(implementation: str) -> None:
    port = free_port()
    with sink(port):
        subprocess.run(
            [sys.executable, "-c", FORKING],
            cwd=HERE,
            env=environment(port, TELEMETRY_IMPLEMENTATION=implementation),
            check=True,
            timeout=20,
        )
        found = received(port)
    assert len(found["spans"]) == len(set(found["spans"])) == 3
    assert len(found["instances"]) == 2


def assert_all_arrived(traces: list[str], port: int) -> None:
    found = received(port)
    assert traces
    assert set(traces) - set(found["spans"]) == set()
    assert set(traces) - set(found["lines"]) == set()
    assert len(found["spans"]) == len(set(found["spans"]))


def wait_until_all_arrived(traces: list[str], port: int, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = received(port)
        if not set(traces) - set(found["spans"]) and not set(traces) - set(found["lines"]):
            break
        time.sleep(0.1)
    assert_all_arrived(traces, port)
