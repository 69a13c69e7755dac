"""Nothing that is said fills the memory, the queue or the collector: each limit is reached here."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import flask
import pytest
from sqlalchemy import create_engine, text

from threesignals._limits import (
    DEEPEST,
    LARGEST_ITEM,
    LONGEST_NAME,
    LONGEST_STACK,
    LONGEST_TEXT,
    LONGEST_VALUE,
    MOST_ATTRIBUTES,
    MOST_EVENTS,
    MOST_LINKS,
    MOST_VALUES,
)
from threesignals._values import clean
from threesignals.flask import init_app
from threesignals.sqlalchemy import init_engine
from threesignals.testing import Recorder

MEGABYTE = 2**20
both = pytest.mark.parametrize("implementation", ["lean", "contrib"])


@pytest.fixture
def kept_bytes() -> Iterator[Callable[[], int]]:
    """Tells how many bytes are kept that were not there before."""

    def count() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    gc.collect()
    tracemalloc.start()
    yield count
    tracemalloc.stop()


@both
def test_long_events_are_not_kept(implementation: str, kept_bytes: Callable[[], int]) -> None:
    recorder = Recorder(implementation=implementation)
    log = recorder.telemetry.logger("test")
    for number in range(100):
        log.info(f"{number} {'x' * MEGABYTE}")  # noqa: G004
        with recorder.telemetry.tracer.start_as_current_span(f"{number} {'y' * MEGABYTE}"):
            pass
    assert max(len(line.event) for line in recorder.log_lines) == LONGEST_TEXT
    assert max(len(span.name) for span in recorder.spans) == LONGEST_VALUE
    recorder.close()
    assert kept_bytes() < 10 * MEGABYTE


@both
def test_long_statements_are_not_kept(implementation: str, kept_bytes: Callable[[], int]) -> None:
    recorder = Recorder(implementation=implementation)
    engine = create_engine("sqlite://", query_cache_size=0)
    init_engine(engine, recorder.telemetry)
    with engine.connect() as connection:
        for number in range(50):
            connection.execute(text(f"SELECT {number} /* {'x' * (MEGABYTE // 2)} */"))
    assert max(len(span.attributes["db.query.text"]) for span in recorder.spans) <= LONGEST_TEXT
    recorder.close()
    engine.dispose()
    assert kept_bytes() < 15 * MEGABYTE


@both
def test_an_exception_of_five_megabytes_makes_small_signals(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = flask.Flask("test")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/")
    def view() -> str:
        raise ValueError("x" * 5_000_000)

    init_app(app, recorder.telemetry)
    app.test_client().get("/")
    (span,), (line,) = recorder.spans, recorder.log_lines
    for told in (line.attributes, span.events[0][1]):
        assert len(told["exception.message"]) == LONGEST_TEXT
        assert LONGEST_STACK - 200 < len(told["exception.stacktrace"]) <= LONGEST_STACK
        assert told["exception.stacktrace"].startswith("Traceback")
    for sent in (recorder._traces.bodies, recorder._logs.bodies):
        assert sum(map(len, sent)) < 30_000
    recorder.close()


@both
def test_a_span_holds_so_many_attributes_events_and_links(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    with recorder.telemetry.tracer.start_as_current_span("full") as span:
        for number in range(1000):
            span.set_attribute(f"key.{number}", number)
            span.add_event(f"event {number}")
            span.add_link(span.get_span_context())
    (sent,) = recorder.spans
    recorder.close()
    assert (len(sent.attributes), len(sent.events)) == (MOST_ATTRIBUTES, MOST_EVENTS)
    assert recorder._traces.bodies[0].count(bytes.fromhex(sent.trace_id)) == MOST_LINKS + 1


@both
def test_a_span_is_of_bounded_size_whatever_is_in_it(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    with recorder.telemetry.tracer.start_as_current_span("full") as span:
        for number in range(100):
            span.set_attribute(f"key.{number}", "x" * 100_000)
            span.add_event("event", {f"key.{inner}": "y" * 100_000 for inner in range(10)})
    assert recorder.spans
    recorder.close()
    assert sum(map(len, recorder._traces.bodies)) < 2 * LARGEST_ITEM


@both
def test_what_a_client_sends_is_cut(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = flask.Flask("test")
    init_app(app, recorder.telemetry)
    long = "z" * 5000
    app.test_client().get(f"/{long}?q={long}", headers={"User-Agent": long})
    (span,) = recorder.spans
    recorder.close()
    for name in ("url.path", "url.query", "user_agent.original"):
        assert len(span.attributes[name]) == LONGEST_VALUE


def test_a_value_is_cut_in_every_direction() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    wide, many = list(range(1000)), dict.fromkeys(range(1000))
    shown = clean({"wide": wide, "deep": deep, "k" * 1000: 1, "many": many})
    assert len(shown["wide"]) == MOST_VALUES + 1
    assert str(shown["deep"]).count("[") == DEEPEST + 1
    assert max(map(len, shown)) == LONGEST_NAME
    assert len(shown["many"]) == MOST_VALUES


def test_a_line_is_of_bounded_size_whatever_is_in_it() -> None:
    shown = clean({f"key.{number}": ["x" * 10_000] * 100 for number in range(1000)})
    assert len(str(shown)) < 2 * LARGEST_ITEM
    assert len(shown) <= MOST_ATTRIBUTES
