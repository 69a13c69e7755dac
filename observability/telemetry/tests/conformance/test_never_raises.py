"""Telemetry never raises into the application, and no request vanishes.

Each kind of damage is a section, its examples are rows. What an application does to itself (a
logging call with too few arguments, an exception that cannot say what it is) leaves a line with a
substitute on both targets, and the request keeps its span, its line and its sample.
"""

import asyncio
import io
import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from starlette.types import Receive, Scope, Send

from threesignals import Telemetry, fastapi, flask
from threesignals._clock import Clock
from threesignals._ids import getrandbits
from threesignals._logger import line
from threesignals._logs import json_sink
from threesignals.testing import Recorder

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


# An application that says what cannot be said.


class Unprintable:
    """Nothing that can be asked of it has an answer."""

    def __repr__(self) -> str:
        raise ValueError("no repr")

    def __len__(self) -> int:
        raise ValueError("no length")

    def __hash__(self) -> int:
        raise ValueError("no hash")

    def __bool__(self) -> bool:
        raise ValueError("no truth")

    def __iter__(self) -> Iterator[object]:
        raise ValueError("no members")

    def __eq__(self, other: object) -> bool:
        raise ValueError("no equal")


class Endless:
    def __repr__(self) -> str:
        return repr(self)


class NoText:
    def __repr__(self) -> str:
        return 7  # type: ignore[return-value]


class Leaves:
    def __repr__(self) -> str:
        raise SystemExit(3)


class Liar(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError("no text")

    def __len__(self) -> int:
        return -1  # noqa: PLE0303 (that is the lie)

    def isascii(self) -> bool:
        raise ValueError("no letters")


class Changing(dict[str, int]):
    def items(self) -> Any:  # noqa: ANN401 (nothing sensible)
        raise RuntimeError("dictionary changed size during iteration")


class Masked:
    @property
    def __class__(self) -> type:  # type: ignore[override]
        raise ValueError("no class")


@dataclass
class Broken:
    whole: int = 0

    def __getattribute__(self, name: str) -> object:
        raise ValueError(name)


def itself() -> dict[str, Any]:
    inner: dict[str, Any] = {"list": []}
    inner["self"] = inner
    inner["list"].append(inner["list"])
    return inner


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def endless_numbers() -> Iterator[int]:
    while True:
        yield 1


STRANGE: dict[str, Callable[[], Any]] = {
    "half of a pair": lambda: os.fsdecode(b"caf\xe9"),
    "integer beyond 64 bits": lambda: 2**64,
    "integer of many bits": lambda: 10**10_000,
    "not a number": lambda: float("nan"),
    "infinity": lambda: [float("inf"), -float("inf")],
    "contains itself": itself,
    "300 levels": lambda: nested(300),
    "100000 levels": lambda: nested(100_000),
    "raises": Unprintable,
    "recurses": Endless,
    "says a number": NoText,
    "text that lies": lambda: Liar("text"),
    "mapping that changes": lambda: Changing(a=1),
    "no class": Masked,
    "broken dataclass": Broken,
    "keys of any type": lambda: {1: 2, None: 3, (1, 2): 4, b"\xff": 5, 2.5: 6, frozenset(): 7},
    "key that raises": lambda: MappingProxyType({1: Unprintable()}),
    "bytes": lambda: [b"\xff\x00", bytearray(b"ab"), memoryview(b"ab")],
    "set": lambda: {1, "a", frozenset({2})},
    "endless generator": endless_numbers,
    "complex": lambda: 1j,
    "moment": lambda: datetime(2026, 11, 26, tzinfo=UTC),
    "types": lambda: [int, type, Unprintable],
    "many": lambda: list(range(100_000)),
    "large": lambda: "x" * 5_000_000,
    "NUL and controls": lambda: "\x00\x1b[31m\u2028\ufeff",
    "exception": lambda: ValueError(Unprintable()),
}
strange = pytest.mark.parametrize("made", STRANGE.values(), ids=STRANGE)


@each
@strange
def test_any_value_in_a_line_leaves_the_line(
    framework: str, implementation: str, made: Callable[[], object]
) -> None:
    def logs(telemetry: Telemetry) -> None:
        telemetry.logger("shop").info("odd", value=made())

    left = left_by(framework, implementation, logs)
    assert left.answer.status == 200
    left.assert_complete()
    assert "value" in left.line("odd")
    assert left.line("odd")["trace_id"] == left.span.trace_id


@both
def test_a_value_that_wants_to_leave_stays(implementation: str) -> None:
    with recording(implementation) as (recorder, _):
        recorder.telemetry.logger("shop").info("odd", value=Leaves())
        assert "SystemExit" in recorder.log_lines[0].attributes["value"]


@each
@strange
def test_any_value_on_a_span_leaves_the_request(
    framework: str, implementation: str, made: Callable[[], object]
) -> None:
    def sets(telemetry: Telemetry) -> None:
        span = trace.get_current_span()
        for each_span in (span, telemetry.tracer.start_span("inner")):
            each_span.set_attribute("odd", made())  # type: ignore[arg-type]
            each_span.add_event("odd", {"odd": made()})
            each_span.end()

    left = left_by(framework, implementation, sets)
    assert left.answer.status == 200
    left.assert_complete()
    assert "inner" in {span.name for span in left.spans}


@each
@pytest.mark.parametrize("key", [7, None, b"k", ("a", 1), "", "caf\udce9", "k" * 5000])
def test_any_key_on_a_span_leaves_the_request(
    framework: str,
    implementation: str,
    key: Any,  # noqa: ANN401
) -> None:
    left = left_by(
        framework, implementation, lambda _: trace.get_current_span().set_attribute(key, 1)
    )
    assert left.answer.status == 200
    left.assert_complete()


class OddError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


class QuietError(Exception):
    def __str__(self) -> Any:  # type: ignore[override]  # noqa: ANN401
        return None  # noqa: PLE0307

    __repr__ = __str__


def group() -> ExceptionGroup[Exception]:
    return ExceptionGroup("several", [OddError(), ExceptionGroup("more", [ValueError("one")])])


def noted() -> Exception:
    failure = ValueError("noted")
    failure.__notes__ = [Unprintable(), 7]
    return failure


RAISED: dict[str, Callable[[], Exception]] = {
    "no text": OddError,
    "text that is none": QuietError,
    "group": group,
    "half of a pair": lambda: OSError(os.fsdecode(b"caf\xe9")),
    "5 MB": lambda: ValueError("x" * 5_000_000),
    "argument that raises": lambda: ValueError(Unprintable()),
    "odd notes": noted,
    "no module": type("LoneError", (Exception,), {"__module__": None}),
}


@each
@pytest.mark.parametrize("made", RAISED.values(), ids=RAISED)
def test_any_exception_leaves_span_line_and_sample(
    framework: str, implementation: str, made: Callable[[], Exception]
) -> None:
    def raises(_: Telemetry) -> None:
        raise made()

    left = left_by(framework, implementation, raises)
    assert left.answer.status == 500
    left.assert_complete()
    assert left.span.status == "ERROR"
    assert left.line()["level"] == "ERROR"
    assert "Traceback" in left.line()["exception.stacktrace"]


@each
@pytest.mark.parametrize("made", RAISED.values(), ids=RAISED)
def test_any_exception_can_be_logged_and_recorded(
    framework: str, implementation: str, made: Callable[[], Exception]
) -> None:
    def tells(telemetry: Telemetry) -> None:
        try:
            raise made()  # noqa: TRY301 (to be caught here)
        except Exception as failure:
            trace.get_current_span().record_exception(failure)
            telemetry.logger("shop").exception("odd", failure=failure)
            logging.getLogger("lib").exception(failure)  # noqa: TRY401

    left = left_by(framework, implementation, tells)
    assert left.answer.status == 200
    left.assert_complete()
    assert left.line("odd")["exception.type"]


@pytest.mark.parametrize("made", RAISED.values(), ids=RAISED)
def test_an_exception_passes_a_span_as_it_is(made: Callable[[], Exception]) -> None:
    with recording("lean") as (recorder, _):
        raised = made()
        with (
            pytest.raises(type(raised)) as caught,
            recorder.telemetry.tracer.start_as_current_span("inner"),
        ):
            raise raised
        (span,) = recorder.spans
    assert caught.value is raised
    assert span.status == "ERROR"


# Logging calls that do not fit.


@each
def test_arguments_that_do_not_fit_leave_the_raw_text(framework: str, implementation: str) -> None:
    def logs(telemetry: Telemetry) -> None:
        log = telemetry.logger("shop")
        logging.getLogger("lib").warning("retry %d of %d", "first")  # noqa: PLE1206
        logging.getLogger("lib").warning("shown %s", Unprintable())
        logging.getLogger("lib").warning("done 100%", 1)
        log.info("item %d", "one")
        log.info("%(a)s", 7)
        log.warning(Unprintable())

    left = left_by(framework, implementation, logs)
    assert left.answer.status == 200
    left.assert_complete()
    for event in ("retry %d of %d", "shown %s", "done 100%", "item %d", "%(a)s"):
        assert left.line(event)
    assert len(left.sent) == 7


@each
def test_levels_between_and_beyond_the_usual_leave_lines(
    framework: str, implementation: str
) -> None:
    levels = {25: "INFO", 35: "WARN", 45: "ERROR", 99: "FATAL", 20: "INFO", "ERROR": "ERROR",
              "loud": "INFO", 2.5: "DEBUG", None: "INFO"}  # fmt: skip

    def logs(telemetry: Telemetry) -> None:
        telemetry.log_level = "debug"
        for number, level in enumerate(levels):
            telemetry.logger("shop").log(level, f"at-{number}")  # type: ignore[arg-type]
        logging.getLogger("lib").log(35, "between")

    left = left_by(framework, implementation, logs)
    left.assert_complete()
    said = [left.line(f"at-{number}")["level"] for number in range(len(levels))]
    assert said == list(levels.values())
    assert left.line("between")["level"] == "WARN"


@each
def test_keys_of_ours_that_a_caller_gives_replace_nothing_and_are_kept(
    framework: str, implementation: str
) -> None:
    given = {"level": "gold", "trace_id": "abc", "timestamp": 5, "event": "fair", "span_id": "x",
             "logger": "me", "service.name": "other", "self": 1,
             "exception.type": "Mine"}  # fmt: skip

    def logs(telemetry: Telemetry) -> None:
        trace.get_current_span().set_attributes({**given, "duration_s": 7})
        telemetry.logger("shop").info("odd", **given)
        extra = {key: value for key, value in given.items() if key != "message"}
        logging.getLogger("lib").warning("warned", extra={**extra, "order": 17})

    left = left_by(framework, implementation, logs)
    left.assert_complete()
    for event, ours in (("odd", "shop"), ("warned", "lib"), ("http.request", None)):
        line = left.line(event)
        kept = {key: given[key] for key in given.keys() - {"self", "exception.type"}}
        assert {key: line[f"extra.{key}"] for key in kept} == kept
        assert line.get("logger") == ours
        assert (line["self"], line["exception.type"]) == (1, "Mine")
    assert left.line("warned")["order"] == 17
    assert left.line()["extra.duration_s"] == 7
    assert left.line()["duration_s"] < 5
    printed = next(line for line in left.printed if line["event"] == "odd")
    assert printed["level"] == "info"
    assert printed["service.name"] == "hostile"
    assert printed["trace_id"] == left.span.trace_id
    assert printed["timestamp"].startswith("20")


def test_standard_output_that_nobody_reads_is_no_fault(recorder: Recorder) -> None:
    closed = io.BytesIO()
    closed.close()
    json_sink(closed, {"service.name": "shop"})(line("info", "said", "shop", {}))


# Anything else.

# Hypothesis itself asks a value for its class.
UNSEEN = [made for name, made in STRANGE.items() if name not in {"no class", "broken dataclass"}]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.sampled_from(UNSEEN).map(lambda made: made()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)
    | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip


@both
@given(value=values, key=st.text(), event=st.text(), level=st.integers() | st.text())
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_leaves_one_line_and_one_span(
    implementation: str, value: object, key: str, event: str, level: object
) -> None:
    with recording(implementation) as (recorder, stdout):
        recorder.telemetry.log_level = "debug"
        with recorder.telemetry.tracer.start_as_current_span(event or "span") as span:
            span.set_attributes({key: value})  # type: ignore[dict-item]
            span.add_event(event, {key: value})  # type: ignore[dict-item]
            span.record_exception(ValueError(value), {key: value})  # type: ignore[dict-item]
            recorder.telemetry.logger("shop").log(level, event, value, **{key: value})  # type: ignore[arg-type]
        assert len(recorder.spans) == 1
        assert len(recorder.log_lines) == 1
    assert len(stdout.getvalue().splitlines()) == 1
    assert json.loads(stdout.getvalue())
