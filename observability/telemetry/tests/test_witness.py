"""A request that does not end leaves one line that tells where it stands."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from flask import Flask
from opentelemetry.trace import SpanContext
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.testclient import TestClient

from threesignals import fastapi, flask, names
from threesignals._stacks import innermost
from threesignals._witness import LATE_SECONDS, PERIOD_SECONDS, Witness
from threesignals.testing import RecordedLine, Recorder

SLOW_SECONDS = 1e-6
IMPLEMENTATIONS = pytest.mark.parametrize("implementation", ["lean", "contrib"])


class Planted:
    """Handlers that stand still until they are released."""

    def __init__(self) -> None:
        self.entered, self.release = threading.Event(), threading.Event()
        self.set: Callable[[], object] = self.release.set

    def wait_for_a_lock(self) -> str:
        lock = threading.Lock()
        lock.acquire()
        self.entered.set()
        while not self.release.is_set():
            lock.acquire(timeout=0.05)
        return ""

    def wait_for_a_statement(self) -> str:
        connection = sqlite3.connect(":memory:")
        connection.create_function("nap", 0, self.nap)
        connection.execute("select nap()")
        return ""

    def nap(self) -> None:
        self.entered.set()
        self.release.wait(10)

    async def wait_for_an_event(self) -> str:
        async def inner() -> None:
            loop, released = asyncio.get_running_loop(), asyncio.Event()
            self.set = lambda: loop.call_soon_threadsafe(released.set)
            loop.call_soon(self.entered.set)  # runs once this one waits
            await released.wait()

        await inner()
        return ""

    async def block_the_loop(self) -> str:
        self.entered.set()
        while not self.release.is_set():
            time.sleep(0.01)  # noqa: ASYNC251 (this is what is planted)
        return ""


def flask_app(recorder: Recorder, handler: Callable[[], str]) -> Callable[[], int]:
    app = Flask("shop")
    app.add_url_rule("/stand/<int:n>", view_func=lambda n: handler(), endpoint="stand")
    flask.init_app(app, recorder.telemetry)
    return lambda: app.test_client().get("/stand/1").status_code


def fastapi_app(
    recorder: Recorder, handler: Callable[[], Any], *, middleware: bool = False
) -> Callable[[], int]:
    async def pass_on(
        request: Request, go_on: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        return await go_on(request)

    app = FastAPI(title="shop")
    app.add_api_route("/stand/{n}", handler)
    if middleware:
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    fastapi.init_app(app, recorder.telemetry)
    return lambda: TestClient(app).get("/stand/1").status_code


def hear(recorder: Recorder, planted: Planted, ask: Callable[[], int]) -> None:
    """Ask, let the witness look once while the request stands, and release it."""
    recorder.telemetry.witness.waiting = False  # nobody else looks
    asking = threading.Thread(target=ask)
    asking.start()
    assert planted.entered.wait(10)
    recorder.telemetry.witness.look()
    recorder.telemetry.witness.look()
    planted.release.set()
    planted.set()
    asking.join()


def told(recorder: Recorder) -> list[RecordedLine]:
    return [line for line in recorder.log_lines if line.event == names.SLOW_EVENT]


def assert_it_tells(recorder: Recorder, function: str, route: str) -> None:
    (line,) = told(recorder)
    (server,) = [span for span in recorder.spans if span.kind == "SERVER"]
    assert line.attributes[names.CODE_FUNCTION_NAME] == function
    assert line.attributes[names.CODE_FILE_PATH] == __file__
    assert line.attributes[names.HTTP_ROUTE] == route
    assert line.attributes[names.HTTP_REQUEST_METHOD] == "GET"
    assert line.attributes[names.URL_PATH] == "/stand/1"
    assert line.attributes[names.DURATION_S] >= SLOW_SECONDS
    assert f"in {function}" in line.attributes[names.CODE_STACKTRACE]
    assert (line.severity, line.trace_id, line.span_id) == (
        "WARN",
        server.trace_id,
        server.span_id,
    )
    assert [name for name, _ in server.events] == [names.SLOW_EVENT]


@IMPLEMENTATIONS
@pytest.mark.parametrize("name", ["wait_for_a_lock", "wait_for_a_statement"])
def test_a_flask_request_tells_the_stack_of_its_thread(name: str, implementation: str) -> None:
    recorder = Recorder(implementation=implementation, slow_seconds=SLOW_SECONDS)
    planted = Planted()
    hear(recorder, planted, flask_app(recorder, getattr(planted, name)))
    function = "nap" if "statement" in name else name
    assert_it_tells(recorder, function, "/stand/<int:n>")
    recorder.close()


@IMPLEMENTATIONS
@pytest.mark.parametrize(
    ("name", "function"),
    [("wait_for_an_event", "inner"), ("block_the_loop", "block_the_loop"),
     ("wait_for_a_lock", "wait_for_a_lock")],
)  # fmt: skip
@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "in-a-task-of-its-own"])
def test_a_fastapi_request_tells_what_its_task_awaits(
    name: str, function: str, implementation: str, middleware: bool
) -> None:
    recorder = Recorder(implementation=implementation, slow_seconds=SLOW_SECONDS)
    planted = Planted()
    ask = fastapi_app(recorder, getattr(planted, name), middleware=middleware)
    hear(recorder, planted, ask)
    assert_it_tells(recorder, function, "/stand/{n}")
    recorder.close()


@IMPLEMENTATIONS
def test_fast_requests_leave_no_such_line(implementation: str) -> None:
    recorder = Recorder(implementation=implementation, slow_seconds=5.0)
    ask = flask_app(recorder, str)
    for _ in range(200):
        ask()
    recorder.telemetry.witness.look()
    assert told(recorder) == []
    recorder.close()


def test_the_oldest_open_request_is_a_gauge() -> None:
    recorder = Recorder(slow_seconds=SLOW_SECONDS)
    planted, ages = Planted(), list[float | None]()

    def look() -> str:
        ages.append(recorder.sample(names.METRIC_OLDEST_REQUEST))
        return planted.wait_for_a_lock()

    hear(recorder, planted, flask_app(recorder, look))
    assert ages[0] is not None
    assert 0 < ages[0] < 10
    assert recorder.sample(names.METRIC_OLDEST_REQUEST) == 0
    recorder.close()


def test_the_first_request_starts_the_witness() -> None:
    recorder = Recorder(slow_seconds=0.05)
    planted = Planted()
    asking = threading.Thread(target=flask_app(recorder, planted.wait_for_a_lock))
    asking.start()
    deadline = time.monotonic() + 10
    while not told(recorder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert told(recorder)
    planted.release.set()
    asking.join()
    recorder.close()


def test_a_setting_switches_it_off() -> None:
    before = witnesses()
    recorder = Recorder(slow_seconds=0)
    flask_app(recorder, str)()
    assert witnesses() <= before
    recorder.close()


def witnesses() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "telemetry-witness"}


def test_what_was_read_after_the_end_is_thrown_away() -> None:
    recorder = Recorder(slow_seconds=SLOW_SECONDS)
    active = recorder.telemetry.durations.active

    class Ended:
        thread, task, told = threading.get_ident(), None, False

        def begun(self) -> int:
            return 0

        def identity(self) -> SpanContext:
            active.clear()  # it ends while its stack is read
            return recorder.telemetry.tracer.start_span("x").get_span_context()

        def introduce(self) -> dict[str, Any]:
            return {}

        def add_event(self, name: str, attributes: object) -> None:
            raise AssertionError

    active.add(Ended())
    recorder.telemetry.witness.look()
    assert told(recorder) == []
    recorder.close()


def test_a_process_that_was_kept_from_running_says_for_how_long() -> None:
    lines: list[Any] = []
    witness = Witness(set(), lines.append, slow_seconds=1.0)
    witness._admit_lateness(PERIOD_SECONDS + LATE_SECONDS / 2, 0.0)
    assert lines == []
    witness._admit_lateness(PERIOD_SECONDS + 3.0, 2.9)
    assert lines[0].event == names.HELD_EVENT
    assert lines[0].attributes == {
        names.DURATION_S: PERIOD_SECONDS + 3.0,
        names.PROCESS_CPU_S: 2.9,
    }


def test_without_frames_of_the_application_the_innermost_of_all_is_named() -> None:
    assert innermost(__import__("traceback").StackSummary()) is None
