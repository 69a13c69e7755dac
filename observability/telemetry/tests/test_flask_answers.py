"""Whatever a Flask application answers, its span lasts as long, and says what failed.

Each test is a kind; its parameters are the cases.
"""

import gc
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import flask
import pytest
from opentelemetry import trace
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import FileWrapper

from threesignals import Telemetry, names
from threesignals.flask import init_app
from threesignals.testing import RecordedSpan, Recorder

from .conformance.drivers import Request, call_wsgi, environ_of

COUNT = f"{names.METRIC_REQUEST_DURATION}_count"


@pytest.fixture(params=["lean", "contrib"])
def recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    recorder = Recorder(implementation=request.param)
    yield recorder
    recorder.close()


class BoomError(RuntimeError):
    """What breaks."""


def chunks(telemetry: Telemetry, *parts: str, fail: bool = False) -> Iterator[str]:
    """Make a body, with a span and a line for each part."""
    log = telemetry.logger("body")
    for part in parts:
        with telemetry.tracer.start_as_current_span("part"):
            log.info("part.made")
            yield part
    if fail:
        raise BoomError("midway")


def streaming(telemetry: Telemetry, kind: str) -> flask.Response:
    parts = chunks(telemetry, "one", "two", "six")
    if kind == "generator":
        return flask.Response(parts)
    if kind == "with context":
        return flask.Response(flask.stream_with_context(parts))
    if kind == "with a length":
        return flask.Response(parts, headers={"Content-Length": "9"})
    if kind == "server-sent events":
        return flask.Response(parts, mimetype="text/event-stream")
    return flask.Response(map(str.upper, parts))


STREAMS = ("generator", "with context", "with a length", "server-sent events", "map")


def application(recorder: Recorder) -> flask.Flask:
    app = flask.Flask("test")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    telemetry = recorder.telemetry

    @app.get("/stream/<kind>")
    def stream(kind: str) -> flask.Response:
        return streaming(telemetry, kind)

    @app.get("/broken/<kind>")
    def broken(kind: str) -> flask.Response:
        length = {"Content-Length": "99"} if kind == "with a length" else None
        body: Iterator[str] = chunks(telemetry, "one", fail=True)
        if kind == "with context":
            body = flask.stream_with_context(body)
        return flask.Response(body, headers=length)

    @app.get("/late")
    def late() -> flask.Response:
        body = chunks(telemetry, "one", fail=True)
        return flask.Response(body, headers={"Content-Length": "3"})

    @app.get("/file")
    def file() -> flask.Response:
        return flask.send_file(io.BytesIO(b"content"), mimetype="text/plain")

    @app.get("/text")
    def text() -> str:
        return "text"

    @app.get("/nothing")
    def nothing() -> tuple[flask.Response, int]:
        return flask.Response(chunks(telemetry, "never")), 204

    @app.get("/boom")
    def boom() -> str:
        raise BoomError("no luck")

    @app.get("/abort/<int:status>")
    def abort(status: int) -> str:
        flask.abort(status)

    init_app(app, telemetry)
    return app


def one(recorder: Recorder, name: str = "") -> RecordedSpan:
    (span,) = [span for span in recorder.spans if span.kind == "SERVER"]
    assert not name or span.name == name
    return span


class Server:
    """Serves one request in steps, as a server does."""

    def __init__(self, app: flask.Flask, request: Request, **environ: object) -> None:
        self.body: Any = app(environ_of(request) | environ, lambda *_: None)
        self.parts = iter(self.body)


@pytest.mark.parametrize("kind", STREAMS)
def test_what_a_body_does_while_it_is_sent_belongs_to_the_request(
    recorder: Recorder, kind: str
) -> None:
    response = call_wsgi(application(recorder), Request("GET", f"/stream/{kind}"))
    assert response.body.lower() == b"onetwosix"
    server = one(recorder, "GET /stream/<kind>")
    parts = [span for span in recorder.spans if span.name == "part"]
    assert [span.parent_span_id for span in parts] == [server.span_id] * 3
    lines = [line for line in recorder.log_lines if line.event == "part.made"]
    assert [line.span_id for line in lines] == [span.span_id for span in parts]
    assert not trace.get_current_span().get_span_context().is_valid


@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_lasts_until_its_last_byte(recorder: Recorder, kind: str) -> None:
    server = Server(application(recorder), Request("GET", f"/stream/{kind}"))
    for _ in range(2):
        next(server.parts)
        assert [span for span in recorder.spans if span.kind == "SERVER"] == []
        assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 1
    assert len(list(server.parts)) == 1
    assert one(recorder).status == "UNSET"
    assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 0


def test_a_stream_with_a_length_ends_with_the_last_byte_that_was_promised(
    recorder: Recorder,
) -> None:
    server = Server(application(recorder), Request("GET", "/stream/with a length"))
    for _ in range(3):
        next(server.parts)
    assert one(recorder).status == "UNSET"


@pytest.mark.parametrize("kind", ["generator", "with context", "with a length"])
def test_a_stream_that_breaks_is_an_error(recorder: Recorder, kind: str) -> None:
    call_wsgi(application(recorder), Request("GET", f"/broken/{kind}"))
    server = one(recorder)
    assert (server.status, server.attributes[names.HTTP_RESPONSE_STATUS_CODE]) == ("ERROR", 200)
    assert server.attributes[names.ERROR_TYPE].endswith("BoomError")
    assert [event for event, _ in server.events] == ["exception"]


def test_what_breaks_after_the_last_byte_leaves_a_line(recorder: Recorder) -> None:
    call_wsgi(application(recorder), Request("GET", "/late"))
    server = one(recorder)
    (line,) = [line for line in recorder.log_lines if line.event == names.AFTER_ANSWER_EVENT]
    assert server.status == "UNSET"
    assert (line.severity, line.span_id) == ("ERROR", server.span_id)
    assert line.attributes[names.EXCEPTION_MESSAGE] == "midway"
    assert line.attributes[names.HTTP_ROUTE] == "/late"


def leave(server: Server, how: str) -> None:
    """Stop in the middle, as a server does when its client has gone."""
    if how != "before the first part":
        next(server.parts)
    if how == "without close":
        del server.body, server.parts
    else:
        server.body.close()


def leave_and_ask_again(app: flask.Flask, request: Request, how: str) -> None:
    """Leave a stream, and send the thread's next request."""
    leave(Server(app, request), how)
    call_wsgi(app, Request("GET", "/text"))


@pytest.mark.parametrize("how", ["after a part", "before the first part", "without close"])
@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_that_is_left_ends_without_an_error(
    recorder: Recorder, kind: str, how: str
) -> None:
    app = application(recorder)
    copy_context().run(leave_and_ask_again, app, Request("GET", f"/stream/{kind}"), how)
    spans = {span.name: span for span in recorder.spans if span.kind == "SERVER"}
    assert {span.status for span in spans.values()} == {"UNSET"}
    assert set(spans) == {"GET /stream/<kind>", "GET /text"}
    assert spans["GET /text"].parent_span_id == ""
    assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/stream/generator", 200),
        ("HEAD", "/stream/with a length", 200),
        ("HEAD", "/text", 200),
        ("HEAD", "/file", 200),
        ("GET", "/nothing", 204),
        ("OPTIONS", "/text", 200),
        ("GET", "/missing", 404),
        ("POST", "/text", 405),
        ("GET", "/abort/503", 503),
    ],
)
def test_an_answer_without_a_body_of_its_own_is_one_request(
    recorder: Recorder, method: str, path: str, status: int
) -> None:
    call_wsgi(application(recorder), Request(method, path))
    assert one(recorder).attributes[names.HTTP_RESPONSE_STATUS_CODE] == status
    assert sum(recorder.samples(COUNT).values()) == 1


@pytest.mark.parametrize("path", ["/text", "/missing", "/boom", "/abort/503", "/file"])
def test_a_client_of_tests_that_reads_no_body_leaves_a_request_all_the_same(
    recorder: Recorder, path: str
) -> None:
    response = application(recorder).test_client().get(path)
    assert len(recorder.spans) == 1
    response.close()


def test_a_file_goes_to_the_server_in_its_own_wrapper() -> None:
    recorder = Recorder()  # contrib wraps every body: docs/contract.md, "Where contrib differs"
    wrapper = {"wsgi.file_wrapper": FileWrapper}
    server = Server(application(recorder), Request("GET", "/file"), **wrapper)
    assert type(server.body) is FileWrapper
    assert recorder.spans == []
    assert b"".join(server.parts) == b"content"
    server.body.close()
    assert one(recorder).status == "UNSET"
    recorder.close()


def test_a_file_that_nobody_closes_ends_its_request() -> None:
    recorder = Recorder()
    wrapper = {"wsgi.file_wrapper": FileWrapper}
    server = Server(application(recorder), Request("GET", "/file"), **wrapper)
    del server
    gc.collect()
    assert one(recorder).status == "UNSET"
    recorder.close()


def handler_of(app: flask.Flask, how: str) -> None:
    """Let the application answer its exceptions with a 500 of its own."""
    blueprint = flask.Blueprint("inner", "inner", url_prefix="/inner")
    blueprint.add_url_rule("/boom", view_func=app.view_functions["boom"])

    def answer(_: Exception) -> tuple[str, int]:
        return "sorry", 500

    if how == "for Exception":
        app.register_error_handler(Exception, answer)
    elif how == "for its type":
        app.register_error_handler(BoomError, answer)
    elif how == "for 500":
        app.register_error_handler(500, answer)
    else:
        blueprint.register_error_handler(Exception, answer)
    app.register_blueprint(blueprint)


@pytest.mark.parametrize("how", ["for Exception", "for its type", "for 500", "of a blueprint"])
def test_an_error_handler_that_answers_500_keeps_the_exception(
    recorder: Recorder, how: str
) -> None:
    app = application(recorder)
    handler_of(app, how)
    response = call_wsgi(app, Request("GET", "/inner/boom"))
    assert (response.status, response.body) == (500, b"sorry")
    assert_failed_by_boom(recorder)


def assert_failed_by_boom(recorder: Recorder) -> None:
    server = one(recorder)
    assert (server.status, server.attributes[names.ERROR_TYPE].split(".")[-1]) == (
        "ERROR",
        "BoomError",
    )
    ((event, attributes),) = server.events
    assert event == "exception"
    assert "raise BoomError" in attributes[names.EXCEPTION_STACKTRACE]
    assert recorder.log_lines[-1].attributes[names.EXCEPTION_MESSAGE] == "no luck"


def test_an_error_handler_that_answers_400_is_no_error(recorder: Recorder) -> None:
    app = application(recorder)
    app.register_error_handler(BoomError, lambda _: ("your fault", 400))
    call_wsgi(app, Request("GET", "/boom"))
    assert (one(recorder).status, one(recorder).events) == ("UNSET", [])


@pytest.mark.parametrize("handled", [True, False])
def test_a_status_that_was_chosen_is_its_own_error(recorder: Recorder, handled: bool) -> None:
    app = application(recorder)
    if handled:
        app.register_error_handler(HTTPException, lambda error: (error.name, error.code))
    call_wsgi(app, Request("GET", "/abort/503"))
    assert one(recorder).attributes[names.ERROR_TYPE] == "503"


def mounted(kind: str) -> Callable[..., Iterable[bytes]]:
    """Return an application to be mounted, which fails or streams."""
    inner = flask.Flask("inner")
    inner.config["PROPAGATE_EXCEPTIONS"] = kind == "raises"

    @inner.get("/boom")
    def boom() -> str:
        raise BoomError("no luck")

    if kind == "handles Exception":
        inner.register_error_handler(Exception, lambda _: ("sorry", 500))
    return inner


@pytest.mark.parametrize("kind", ["answers 500", "raises", "handles Exception"])
def test_a_mounted_application_that_fails_keeps_the_exception(
    recorder: Recorder, kind: str
) -> None:
    app = flask.Flask("outer")
    dispatcher = DispatcherMiddleware(app.wsgi_app, {"/shop": mounted(kind)})
    app.wsgi_app = ProxyFix(dispatcher)  # type: ignore[method-assign]
    init_app(app, recorder.telemetry)
    with suppress(BoomError):
        call_wsgi(app, Request("GET", "/shop/boom"))
    assert_failed_by_boom(recorder)
    if kind != "raises":
        assert one(recorder).name == "GET /shop/boom"


def generator_application(environ: Any, start: Any) -> Iterator[bytes]:  # noqa: ANN401 (WSGI's)
    """Start the answer with its first part, as the protocol allows."""
    start("200 OK", [("Content-Type", "text/plain")])
    yield b"one"


def test_a_mounted_application_may_start_its_answer_late(recorder: Recorder) -> None:
    app = flask.Flask("outer")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/raw": generator_application})  # type: ignore[method-assign]
    init_app(app, recorder.telemetry)
    assert call_wsgi(app, Request("GET", "/raw/x")).body == b"one"
    assert one(recorder).attributes[names.HTTP_RESPONSE_STATUS_CODE] == 200


def test_a_function_that_answers_before_the_view_is_a_request(recorder: Recorder) -> None:
    app = flask.Flask("test")
    app.before_request(lambda: ("closed", 403))
    init_app(app, recorder.telemetry)
    call_wsgi(app, Request("GET", "/anything"))
    assert one(recorder).attributes[names.HTTP_RESPONSE_STATUS_CODE] == 403


@pytest.mark.parametrize(
    ("setting", "path", "count"),
    [
        ({}, "/stream/server-sent events", 0),
        ({}, "/stream/generator", 1),
        ({"untimed_types": frozenset({"text/html"})}, "/stream/generator", 0),
        ({"untimed_types": frozenset({"text/html"})}, "/text", 1),
        ({"untimed_routes": frozenset({"/text"})}, "/text", 0),
        ({"untimed_routes": frozenset({"/stream/<kind>"})}, "/stream/generator", 0),
    ],
)
@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_a_stream_that_is_no_latency_leaves_all_but_a_sample(
    implementation: str, setting: dict[str, Any], path: str, count: int
) -> None:
    recorder = Recorder(implementation=implementation, **setting)
    call_wsgi(application(recorder), Request("GET", path))
    assert sum(recorder.samples(COUNT).values()) == count
    assert one(recorder).status == "UNSET"
    assert recorder.log_lines[-1].event == names.REQUEST_EVENT
    recorder.close()
