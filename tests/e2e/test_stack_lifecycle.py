"""A stack starts whole or not at all, and leaves nothing behind, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lab.processes import leftovers
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack import clashes, running
from lab.stack.running import RunningStack

from .backends import eventually
from .conftest import free_ports
from .otlp import Reader

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


class Lab:
    """The command `lab`, for a state directory and ports of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.ports = free_ports()
        offset = self.ports.laptops - Ports().laptops
        self.environment = {
            **os.environ,
            "LAB_STATE_DIR": str(state),
            "LAB_PORT_OFFSET": str(offset),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "lab", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit status and all output."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=200)
        return process.returncode, output + errors

    def assert_nothing_left(self) -> None:
        assert leftovers.find(self.state) == []
        clashes.require_free(self.ports.listeners())


def requests(stack: RunningStack, count: int) -> list[bytes]:
    """Send requests one after the other; return their trace ids."""
    with httpx.Client(base_url=stack.urls.laptops) as client:
        answers = [client.get("/laptops").raise_for_status() for _ in range(count)]
    return [bytes.fromhex(answer.headers["traceresponse"].split("-")[1]) for answer in answers]


def missing_logs(read: Reader, trace_ids: list[bytes]) -> set[str]:
    found = {
        line["trace_id"]
        for line in read.log_lines('service.name:laptops event_name:="http.request"')
    }
    return {trace_id.hex() for trace_id in trace_ids} - found


def missing_spans(read: Reader, trace_ids: list[bytes]) -> set[bytes]:
    """Those whose SERVER span of laptops is not in Jaeger."""
    traces = {trace_id: read.trace(trace_id) or {"spans": []} for trace_id in trace_ids}
    return {
        trace_id
        for trace_id, trace in traces.items()
        if "GET /laptops" not in {span["operationName"] for span in trace["spans"]}
    }


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    command = Lab(tmp_path)
    yield command
    command.run("down")
    leftovers.end(tmp_path)


def test_up_status_down_from_a_script(lab: Lab) -> None:
    assert lab.run("status")[0] == 1
    status, output = lab.run("up")
    assert (status, "The stack is ready." in output) == (0, True), output
    assert httpx.get(f"http://127.0.0.1:{lab.ports.laptops}/laptops").is_success
    assert lab.run("up")[0] == 0
    status, output = lab.run("status")
    assert (status, "laptops-0" in output) == (0, True)
    assert lab.run("down") == (0, "Stopped.\n")
    lab.assert_nothing_left()
    assert lab.run("down") == (0, "Nothing was running.\n")


def test_down_leaves_nothing_even_after_the_supervisor_was_killed(lab: Lab) -> None:
    assert lab.run("up")[0] == 0
    [supervisor] = [p for p in leftovers.find(lab.state) if "process-compose" in p.name()]
    supervisor.kill()
    supervisor.wait(timeout=5)
    assert lab.run("status")[0] == 1
    assert lab.run("down") == (0, "Stopped.\n")
    lab.assert_nothing_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_nothing(lab: Lab, number: signal.Signals) -> None:
    process = lab.start("up")
    assert eventually(Layout(lab.state).record.exists)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    lab.assert_nothing_left()


def test_a_taken_port_is_one_sentence_and_nothing_starts(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", lab.ports.prometheus)):
        status, output = lab.run("up")
    assert status == 1
    assert f"Port {lab.ports.prometheus} (prometheus) is in use by " in output
    assert "Traceback" not in output
    lab.assert_nothing_left()


def test_a_backend_that_dies_at_start_is_named_and_nothing_is_left(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    jaeger = folder / "jaeger"
    jaeger.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo 2.13.0 && exit\necho no luck; exit 7\n'
    )
    jaeger.chmod(0o755)
    lab.environment["PATH"] = f"{folder}:{lab.environment['PATH']}"
    status, output = lab.run("up")
    assert status == 1
    assert "jaeger ended while the stack was starting, with exit code 7" in output
    assert "no luck" in output
    assert "Traceback" not in output
    lab.assert_nothing_left()


def test_a_replica_that_is_killed_comes_back(lab: Lab) -> None:
    assert lab.run("up")[0] == 0
    laptops = f"http://127.0.0.1:{lab.ports.laptops}/laptops"
    [replica] = [p for p in leftovers.find(lab.state) if p.cmdline()[-2:] == ["-m", "laptops"]]
    replica.send_signal(signal.SIGKILL)
    psutil.wait_procs([replica], timeout=5)
    time.sleep(0.5)
    assert eventually(lambda: httpx.get(laptops).is_success)


def test_a_collector_killed_under_traffic_comes_back_and_no_signal_is_missing(lab: Lab) -> None:
    assert lab.run("up")[0] == 0
    stack = running.find(lab.state)
    assert stack
    trace_ids = requests(stack, 40)
    [collector] = [p for p in leftovers.find(lab.state) if "otelcol" in p.name()]
    collector.kill()
    trace_ids += requests(stack, 80)
    read = Reader(stack.urls)
    assert eventually(lambda: missing_logs(read, trace_ids), until=lambda ids: not ids) == set()
    assert eventually(lambda: missing_spans(read, trace_ids), until=lambda ids: not ids) == set()


def test_kept_data_survives_a_restart(lab: Lab) -> None:
    assert lab.run("up", "--keep")[0] == 0
    answer = httpx.get(f"http://127.0.0.1:{lab.ports.laptops}/laptops")
    trace = answer.headers["traceresponse"].split("-")[1]
    url = f"http://127.0.0.1:{lab.ports.jaeger}/api/traces/{trace}"
    assert eventually(lambda: httpx.get(url).is_success)
    assert lab.run("down")[0] == 0
    assert lab.run("up", "--keep")[0] == 0
    assert eventually(lambda: httpx.get(url).is_success)
