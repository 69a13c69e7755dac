"""Telemetry never raises into the application, and no request vanishes.

Each kind of damage is a section, its examples are rows. What an application does to itself (a
logging call with too few arguments, an exception that cannot say what it is) leaves a line with a
substitute on both targets, and the request keeps its span, its line and its sample.
"""

import asyncio
import os
import random
import time
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from flask import Flask
from starlette.types import Receive, Scope, Send

from threesignals import Telemetry, fastapi, flask
from threesignals._clock import Clock
from threesignals._ids import getrandbits

from .drivers import Request, call_wsgi, send_asgi
from .hostile import CASES, left_by, recording

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

each = pytest.mark.parametrize(("framework", "implementation"), CASES)
both = pytest.mark.parametrize("implementation", ["lean", "contrib"])


# An application that seeds dice, or moves time.


@each
def test_seeding_the_global_generator_does_not_repeat_ids(
    framework: str, implementation: str
) -> None:
    def seeded(telemetry: Telemetry) -> None:
        random.seed(42)
        with telemetry.tracer.start_as_current_span("inner"):
            pass

    first, second = (left_by(framework, implementation, seeded) for _ in range(2))
    ids = [span.span_id for left in (first, second) for span in left.spans]
    assert len(set(ids)) == 4
    assert first.span.trace_id != second.span.trace_id


def test_a_forked_child_makes_ids_of_its_own() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, getrandbits(192).to_bytes(24, "big"))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 24) != getrandbits(192).to_bytes(24, "big")


@each
@pytest.mark.parametrize("moved", ["back", "frozen", "refused"])
def test_time_that_steps_back_or_stands_still_leaves_durations_right(
    framework: str, implementation: str, moved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_clock() -> int:
        raise OSError("no clock")

    clocks = {"back": lambda: 1, "frozen": lambda: 1_700_000_000_000_000_000, "refused": no_clock}

    def moves(_: Telemetry) -> None:
        for name in ("time_ns", "time", "perf_counter_ns"):
            monkeypatch.setattr(time, name, clocks[moved])
        if implementation == "contrib" and moved != "refused":
            monkeypatch.setattr("opentelemetry.sdk.trace.time_ns", clocks[moved])
        time.sleep(0.01)

    left = left_by(framework, implementation, moves)
    monkeypatch.undo()
    left.assert_complete()
    assert 0.01 <= left.seconds < 5
    assert left.span.end_ns - left.span.start_ns == pytest.approx(left.seconds * 1e9)
    assert left.line()["duration_s"] == pytest.approx(left.seconds)


def test_times_of_day_follow_the_systems_clock_when_it_is_set() -> None:
    clock = Clock()
    clock._time_of_day = lambda: 42_000_000_000_000
    assert clock.now() == pytest.approx(42_000_000_000_000, abs=1_000_000_000)


def test_a_time_that_a_caller_gives_is_kept_and_an_impossible_one_is_now() -> None:
    with recording("lean") as (recorder, _):
        for given in (5_000_000_000, -1, 2**70, "noon"):
            span = recorder.telemetry.tracer.start_span("given", start_time=given)  # type: ignore[arg-type]
            span.add_event("happened", timestamp=given)  # type: ignore[arg-type]
            span.end()
        first, *others = recorder.spans
    assert first.start_ns == 5_000_000_000
    assert len(others) == 3
    assert all(span.start_ns > 10**18 for span in others)


# An application that gives the same message each time.


@both
def test_an_asgi_message_that_is_a_constant_stays_as_it_is(implementation: str) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"x-shop", b"1")]}
    before = {**start, "headers": list(start["headers"])}  # type: ignore[call-overload]

    async def constant(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": b"fine"})

    with recording(implementation) as (recorder, _):
        app = FastAPI()
        app.mount("/constant", constant)
        fastapi.init_app(app, recorder.telemetry)
        for _round in range(3):
            answer = asyncio.run(send_asgi(app, Request("GET", "/constant/")))
            assert answer.headers.keys() == {"x-shop", "traceresponse"}
    assert start == before


@both
def test_wsgi_headers_that_are_a_constant_stay_as_they_are(implementation: str) -> None:
    headers = [("Content-Length", "4")]

    def constant(_environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        start("200 OK", headers)
        return [b"fine"]

    with recording(implementation) as (recorder, _):
        app = Flask("constant")
        app.wsgi_app = constant  # type: ignore[assignment, method-assign]
        flask.init_app(app, recorder.telemetry)
        for _round in range(3):
            call_wsgi(app, Request("GET", "/"))
    assert headers == [("Content-Length", "4")]
