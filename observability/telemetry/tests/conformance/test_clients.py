"""Spans of database statements and of outgoing HTTP requests, in both implementations."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from threesignals.httpx import init_client
from threesignals.sqlalchemy import init_engine
from threesignals.testing import RecordedSpan, Recorder

from .observe import IMPLEMENTATIONS

both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def database_spans(implementation: str, use: Callable[[Engine], Any]) -> list[RecordedSpan]:
    """Use an engine inside a span, and return the spans of its statements."""
    recorder = Recorder(implementation=implementation)
    engine = create_engine("sqlite://", poolclass=StaticPool)
    init_engine(engine, recorder.telemetry)
    with recorder.telemetry.tracer.start_as_current_span("work"):
        use(engine)
    *inner, outer = recorder.spans
    assert all(span.parent_span_id == outer.span_id for span in inner)
    assert {span.trace_id for span in inner} <= {outer.trace_id}
    recorder.close()
    return inner


@both
def test_a_statement_is_one_client_span(implementation: str) -> None:
    def use(engine: Engine) -> None:
        with engine.connect() as connection:
            connection.execute(text("select :secret"), {"secret": "hunter2"})

    (span,) = database_spans(implementation, use)
    assert span.kind == "CLIENT"
    assert span.name == "SELECT"
    assert span.attributes == {
        "db.system.name": "sqlite",
        "db.operation.name": "SELECT",
        "db.query.text": "select ?",
    }


@both
def test_a_statement_that_fails_is_an_error(implementation: str) -> None:
    def use(engine: Engine) -> None:
        with engine.connect() as connection, pytest.raises(OperationalError):
            connection.execute(text("select * from nothing"))

    (span,) = database_spans(implementation, use)
    assert span.status == "ERROR"
    # Contrib does not know the exception (docs/contract.md, "Where contrib differs").
    expected = {"lean": "sqlite3.OperationalError", "contrib": "_OTHER"}[implementation]
    assert span.attributes["error.type"] == expected


@both
def test_many_parameter_sets_are_one_span(implementation: str) -> None:
    def use(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("create table t (n int)"))
            connection.execute(text("insert into t values (:n)"), [{"n": n} for n in range(50)])

    create, insert = database_spans(implementation, use)
    assert (create.name, insert.name) == ("CREATE", "INSERT")


@both
def test_an_async_engine_is_seen_too(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    engine = create_async_engine("postgresql+psycopg://lab@nowhere/lab")
    assert not listeners(engine.sync_engine)
    init_engine(engine, recorder.telemetry)
    assert listeners(engine.sync_engine)
    recorder.close()


def listeners(engine: Engine) -> bool:
    executed = engine.dialect.dispatch.do_execute  # type: ignore[attr-defined]
    return bool(list(executed) or list(engine.dispatch.before_cursor_execute))


def answering(status: int) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        return httpx.Response(status, headers={"seen": request.headers.get("traceparent", "")})

    return answer


def call(implementation: str, status: int, url: str) -> tuple[RecordedSpan, httpx.Response | None]:
    """Make one outgoing request, and return its span."""
    recorder = Recorder(implementation=implementation)
    client = httpx.Client(transport=httpx.MockTransport(answering(status)))
    init_client(client, recorder.telemetry)
    response = None
    with recorder.telemetry.tracer.start_as_current_span("work"), suppress(httpx.ConnectError):
        response = client.get(url)
    inner, outer = recorder.spans
    assert inner.parent_span_id == outer.span_id
    recorder.close()
    return inner, response


@both
def test_an_outgoing_request_is_one_client_span_and_carries_it(implementation: str) -> None:
    span, response = call(implementation, 200, "http://port.test:5001/port/1?token=hunter2&a=b")
    assert span.kind == "CLIENT"
    assert span.name == "GET"
    assert span.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "port.test",
        "server.port": 5001,
        "url.full": "http://port.test:5001/port/1?token=[redacted]&a=b",
    }
    assert response is not None
    assert response.headers["seen"] == f"00-{span.trace_id}-{span.span_id}-{span.flags & 0xFF:02x}"


@both
def test_an_answer_of_400_is_an_error_of_the_call(implementation: str) -> None:
    span, _ = call(implementation, 404, "http://port.test/port/9")
    assert span.status == "ERROR"
    assert span.attributes["error.type"] == "404"


@both
def test_a_call_that_nobody_answers_is_an_error(implementation: str) -> None:
    span, _ = call(implementation, 0, "http://port.test/port/9")
    assert span.status == "ERROR"
    assert span.attributes["error.type"] == "httpx.ConnectError"
    assert [name for name, _ in span.events] == ["exception"]


@both
def test_an_async_client_is_seen_too(implementation: str) -> None:
    async def use() -> None:
        transport = httpx.MockTransport(answering(200))
        async with httpx.AsyncClient(transport=transport) as client:
            init_client(client, recorder.telemetry)
            await client.get("http://port.test/port")

    recorder = Recorder(implementation=implementation)
    asyncio.run(use())
    (span,) = recorder.spans
    assert span.attributes["url.full"] == "http://port.test/port"
    recorder.close()
