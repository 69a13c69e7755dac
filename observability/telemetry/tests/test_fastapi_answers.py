"""Whatever a FastAPI application answers, its span lasts as long, and says what failed.

Each test is a kind; its parameters are the cases.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI, HTTPException, WebSocket
from opentelemetry import trace
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals import names
from threesignals.fastapi import init_app
from threesignals.testing import RecordedSpan, Recorder

from .conformance import drivers

COUNT = f"{names.METRIC_REQUEST_DURATION}_count"


@pytest.fixture(params=["lean", "contrib"])
def recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    recorder = Recorder(implementation=request.param)
    yield recorder
    recorder.close()


class BoomError(RuntimeError):
    """What breaks."""


def one(recorder: Recorder, name: str = "") -> RecordedSpan:
    (span,) = [span for span in recorder.spans if span.kind == "SERVER"]
    assert not name or span.name == name
    return span


def scope(path: str = "/", method: str = "GET", **more: object) -> Scope:
    return drivers.scope_of(drivers.Request(method, path)) | more


class Client:
    """Sends one request and keeps what the application sent, message by message."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.gone_after: str = ""

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == self.gone_after:
            raise ConnectionResetError("the client has gone")

    async def ask(self, app: ASGIApp, path: str = "/", **more: object) -> None:
        await app(scope(path, **more), self.receive, self.send)


def ask(app: ASGIApp, path: str = "/", **more: object) -> list[Message]:
    """Send one request; an exception that leaves the application is dropped, as servers do."""

    async def run() -> None:
        try:
            await client.ask(app, path, **more)
        except BoomError:
            return

    client = Client()
    asyncio.run(run())
    return client.sent


def sending(recorder: Recorder, *messages: Message) -> FastAPI:
    """An application whose mounted part sends just these messages."""

    async def send_all(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    app = FastAPI()
    app.mount("/raw", send_all)
    init_app(app, recorder.telemetry)
    return app


START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"x"}
PART = {"type": "http.response.body", "body": b"x", "more_body": True}
TRAILED = {**START, "trailers": True}
TRAILERS = {"type": "http.response.trailers", "headers": []}

# The messages of the specification and its extensions, in the orders that it allows.
MESSAGES: dict[str, tuple[Message, ...]] = {
    "one body": (START, BODY),
    "a body in parts": (START, PART, PART, BODY),
    "no headers": ({"type": "http.response.start", "status": 200}, BODY),
    "no body in the message": (START, {"type": "http.response.body"}),
    "trailers": (TRAILED, PART, BODY, TRAILERS),
    "trailers in parts": (TRAILED, BODY, {**TRAILERS, "more_trailers": True}, TRAILERS),
    "a file by its path": (START, {"type": "http.response.pathsend", "path": "/etc/hostname"}),
    "a file without a copy": (START, {"type": "http.response.zerocopysend", "file": 3}),
    "a file without a copy, then more": (
        START, {"type": "http.response.zerocopysend", "file": 3, "more_body": True}, BODY,
    ),
    "an early hint": ({"type": "http.response.early_hint", "links": [b"</a>"]}, START, BODY),
    "a push": (START, {"type": "http.response.push", "path": "/a", "headers": []}, BODY),
    "what tests are told": ({"type": "http.response.debug", "info": {}}, START, BODY),
    "what is not known yet": (START, {"type": "http.response.future"}, BODY),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_every_message_passes_and_the_answer_is_one_request(recorder: Recorder, case: str) -> None:
    sent = ask(sending(recorder, *MESSAGES[case]), "/raw/x")
    assert [message["type"] for message in sent] == [each["type"] for each in MESSAGES[case]]
    (start,) = [message for message in sent if message["type"] == "http.response.start"]
    assert [name for name, _ in start["headers"]] == [b"traceresponse"]
    server = one(recorder, "GET /raw/{path}")
    assert (server.status, server.attributes[names.HTTP_RESPONSE_STATUS_CODE]) == ("UNSET", 200)
    assert sum(recorder.samples(COUNT).values()) == 1
    assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 0


@pytest.mark.parametrize("case", MESSAGES)
def test_the_request_ends_with_its_last_message(recorder: Recorder, case: str) -> None:
    ended: list[int] = []

    async def run() -> None:
        async def send_all(scope: Scope, receive: Receive, send: Send) -> None:
            for message in MESSAGES[case]:
                ended.append(len(recorder.spans))
                await send(message)
            ended.append(len(recorder.spans))

        app = FastAPI()
        app.mount("/raw", send_all)
        init_app(app, recorder.telemetry)
        await Client().ask(app, "/raw/x")

    asyncio.run(run())
    assert ended == [0] * len(MESSAGES[case]) + [1]


@pytest.mark.parametrize("case", MESSAGES)
def test_a_message_that_is_sent_twice_gathers_nothing(recorder: Recorder, case: str) -> None:
    app = sending(recorder, *MESSAGES[case])
    before = str(MESSAGES[case])
    ask(app, "/raw/x")
    ask(app, "/raw/x")
    assert str(MESSAGES[case]) == before


def test_a_template_under_the_client_of_tests_is_an_answer(
    recorder: Recorder,
    tmp_path: Any,  # noqa: ANN401 (pytest's)
) -> None:
    from starlette.templating import Jinja2Templates  # noqa: PLC0415
    from starlette.testclient import TestClient  # noqa: PLC0415

    (tmp_path / "page.html").write_text("hello")
    app = FastAPI()
    templates = Jinja2Templates(directory=tmp_path)
    app.add_route("/page", lambda request: templates.TemplateResponse(request, "page.html"))
    init_app(app, recorder.telemetry)
    with TestClient(app) as client:
        assert client.get("/page").template.name == "page.html"  # type: ignore[attr-defined]
    assert one(recorder, "GET /page").attributes[names.HTTP_RESPONSE_STATUS_CODE] == 200


def with_background(recorder: Recorder, task: Callable[[], Any], status: int = 200) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def answer() -> Response:
        return PlainTextResponse("done", status, background=BackgroundTask(task))

    @app.get("/tasks")
    async def tasks(background: BackgroundTasks) -> str:
        background.add_task(task)
        return "done"

    init_app(app, recorder.telemetry)
    return app


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_an_answer_ends_before_its_background_task(recorder: Recorder, status: int) -> None:
    async def task() -> None:
        active.append(recorder.sample(names.METRIC_ACTIVE_REQUESTS))
        await asyncio.sleep(0.05)

    active: list[float | None] = []
    ask(with_background(recorder, task, status))
    server = one(recorder)
    assert (server.end_ns - server.start_ns) / 1e9 < 0.05
    assert active == [0]
    assert server.attributes.get(names.ERROR_TYPE) == (str(status) if status >= 500 else None)


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/", 404), ("/", 503), ("/tasks", 200)])
@pytest.mark.parametrize("middleware", [False, True])
def test_a_background_task_that_fails_leaves_a_line_and_no_failed_request(
    recorder: Recorder, path: str, status: int, middleware: bool
) -> None:
    def task() -> None:
        raise BoomError("too late")

    app = with_background(recorder, task, status)
    if middleware:
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    ask(app, path)
    server = one(recorder)
    (line,) = [line for line in recorder.log_lines if line.event == names.AFTER_ANSWER_EVENT]
    assert (line.severity, line.span_id) == ("ERROR", server.span_id)
    assert line.attributes[names.HTTP_ROUTE] == path
    assert line.attributes[names.ERROR_TYPE].endswith("BoomError")
    assert "raise BoomError" in line.attributes[names.EXCEPTION_STACKTRACE]
    assert server.attributes.get(names.ERROR_TYPE) == ("503" if status == 503 else None)
    assert server.events == []


async def pass_on(request: Request, call_next: Any) -> Response:  # noqa: ANN401 (Starlette's)
    response: Response = await call_next(request)
    return response


async def sorry(request: Request, failure: Exception) -> Response:
    return JSONResponse({"detail": "sorry"}, 500)


def failing(recorder: Recorder, how: str) -> FastAPI:
    """An application whose exception is answered with a 500 in one way or another."""
    app = FastAPI(middleware=[Middleware(AnswersItself)] if how == "middleware" else None)
    if how == "handler for Exception":
        app.add_exception_handler(Exception, sorry)
    if how == "handler for 500":
        app.add_exception_handler(500, sorry)
    if how in ("handler for its type", "handler inside of BaseHTTPMiddleware"):
        app.add_exception_handler(BoomError, sorry)
    if "BaseHTTPMiddleware" in how:
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)

    @app.get("/boom")
    async def boom() -> str:
        raise BoomError("no luck")

    if how == "mounted":
        outer = FastAPI()
        outer.mount("/shop", app)
        app = outer
    init_app(app, recorder.telemetry)
    return app


class AnswersItself:
    """A middleware that answers what the application raises."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except BoomError as failure:
            await (await sorry(Request(scope), failure))(scope, receive, send)


@pytest.mark.parametrize(
    "how",
    [
        "nobody",
        "handler for Exception",
        "handler for 500",
        "handler for its type",
        "handler inside of BaseHTTPMiddleware",
        "BaseHTTPMiddleware",
        "middleware",
        "mounted",
    ],
)
def test_whoever_answers_500_the_exception_is_kept(recorder: Recorder, how: str) -> None:
    sent = ask(failing(recorder, how), "/shop/boom" if how == "mounted" else "/boom")
    assert sent[0]["status"] == 500
    server = one(recorder)
    assert (server.status, server.attributes[names.ERROR_TYPE].split(".")[-1]) == (
        "ERROR",
        "BoomError",
    )
    ((event, attributes),) = server.events
    assert event == "exception"
    assert "raise BoomError" in attributes[names.EXCEPTION_STACKTRACE]
    (line,) = recorder.log_lines
    assert line.attributes[names.EXCEPTION_MESSAGE] == "no luck"


def test_a_status_that_was_chosen_is_its_own_error(recorder: Recorder) -> None:
    app = FastAPI()

    @app.get("/")
    async def unavailable() -> str:
        raise HTTPException(503)

    init_app(app, recorder.telemetry)
    ask(app)
    assert one(recorder).attributes[names.ERROR_TYPE] == "503"
    assert one(recorder).events == []


def test_an_exception_that_is_answered_with_400_is_no_error(recorder: Recorder) -> None:
    app = FastAPI()
    app.add_exception_handler(BoomError, lambda *_: JSONResponse({}, 400))

    @app.get("/")
    async def boom() -> str:
        raise BoomError("your fault")

    init_app(app, recorder.telemetry)
    ask(app)
    assert (one(recorder).status, one(recorder).events) == ("UNSET", [])


def streaming(recorder: Recorder, waiting: asyncio.Event | None = None) -> FastAPI:
    app = FastAPI()
    log = recorder.telemetry.logger("body")

    async def parts(broken: bool) -> AsyncIterator[str]:
        for part in ("one", "two"):
            with recorder.telemetry.tracer.start_as_current_span("part"):
                log.info("part.made")
                yield part
        if broken:
            raise BoomError("midway")

    @app.get("/stream")
    async def stream(broken: bool = False, media_type: str = "text/plain") -> StreamingResponse:
        return StreamingResponse(parts(broken), media_type=media_type)

    @app.get("/waits")
    async def waits() -> str:
        if waiting:
            waiting.set()
        await asyncio.Event().wait()
        return "never"

    @app.get("/text")
    async def text() -> str:
        return "text"

    init_app(app, recorder.telemetry)
    return app


def test_what_a_body_does_while_it_is_sent_belongs_to_the_request(recorder: Recorder) -> None:
    ask(streaming(recorder), "/stream")
    server = one(recorder)
    parts = [span for span in recorder.spans if span.name == "part"]
    assert [span.parent_span_id for span in parts] == [server.span_id] * 2
    lines = [line for line in recorder.log_lines if line.event == "part.made"]
    assert [line.span_id for line in lines] == [span.span_id for span in parts]
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_stream_that_breaks_is_an_error(recorder: Recorder) -> None:
    ask(streaming(recorder), "/stream", query_string=b"broken=true")
    server = one(recorder)
    assert (server.status, server.attributes[names.HTTP_RESPONSE_STATUS_CODE]) == ("ERROR", 200)
    assert server.attributes[names.ERROR_TYPE].endswith("BoomError")


@pytest.mark.parametrize("path", ["/stream", "/text"])
@pytest.mark.parametrize("message", ["http.response.start", "http.response.body"])
def test_a_client_that_is_gone_is_no_error(recorder: Recorder, path: str, message: str) -> None:
    async def run() -> None:
        client = Client()
        client.gone_after = message
        with pytest.raises(Exception):  # noqa: B017, PT011 (which one is Starlette's affair)
            await client.ask(streaming(recorder), path)

    asyncio.run(run())
    server = one(recorder)
    assert (server.status, server.events) == ("UNSET", [])
    assert names.ERROR_TYPE not in server.attributes
    (line,) = [line for line in recorder.log_lines if line.event == names.REQUEST_EVENT]
    assert line.severity == "INFO"
    assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 0


@pytest.mark.parametrize("middleware", [False, True])
def test_a_task_that_is_cancelled_is_no_error(recorder: Recorder, middleware: bool) -> None:
    async def run() -> None:
        waiting = asyncio.Event()
        app = streaming(recorder, waiting)
        if middleware:
            app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
        task = asyncio.create_task(Client().ask(app, "/waits"))
        await waiting.wait()
        assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    server = one(recorder, "GET /waits")
    assert (server.status, server.events) == ("UNSET", [])
    assert names.ERROR_TYPE not in server.attributes
    assert recorder.log_lines[-1].severity == "INFO"
    assert recorder.sample(names.METRIC_ACTIVE_REQUESTS) == 0


@pytest.mark.parametrize(
    ("settings", "query", "count"),
    [
        ({}, b"media_type=text/event-stream", 0),
        ({}, b"media_type=Text/Event-Stream;charset=utf-8", 0),
        ({}, b"", 1),
        ({"untimed_types": frozenset({"text/plain"})}, b"", 0),
        ({"untimed_types": frozenset()}, b"media_type=text/event-stream", 1),
        ({"untimed_routes": frozenset({"/stream"})}, b"", 0),
        ({"untimed_routes": frozenset({"/other"})}, b"", 1),
    ],
)
@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_a_stream_that_is_no_latency_leaves_all_but_a_sample(
    implementation: str, settings: dict[str, Any], query: bytes, count: int, middleware: bool
) -> None:
    recorder = Recorder(implementation=implementation, **settings)
    app = streaming(recorder)
    if middleware:
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    ask(app, "/stream", query_string=query)
    assert sum(recorder.samples(COUNT).values()) == count
    assert one(recorder).status == "UNSET"
    assert recorder.log_lines[-1].event == names.REQUEST_EVENT
    recorder.close()


@pytest.mark.parametrize("root_path", ["", "/api"])
@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_and_samples_are_found_below_a_root_path(
    recorder: Recorder, root_path: str, path: str
) -> None:
    app = FastAPI()
    app.add_route("/healthz", lambda _: PlainTextResponse("alive"))
    init_app(app, recorder.telemetry)
    sent = ask(app, root_path + path, root_path=root_path)
    assert sent[0]["status"] == 200
    assert recorder.spans == []


def test_a_denied_websocket_leaves_nothing(recorder: Recorder) -> None:
    async def run() -> None:
        connection = {"type": "websocket", "subprotocols": [],
                      "extensions": {"websocket.http.response": {}}}  # fmt: skip
        await client.ask(app, "/socket", **connection)

    client, app = Client(), FastAPI()
    client.receive = connecting  # type: ignore[method-assign]

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("no", 403))

    init_app(app, recorder.telemetry)
    asyncio.run(run())
    assert [message["type"] for message in client.sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert (recorder.spans, recorder.log_lines) == ([], [])
    assert recorder.samples(COUNT) == {}


async def connecting() -> Message:
    return {"type": "websocket.connect"}


def test_the_state_of_a_lifespan_reaches_its_requests(recorder: Recorder) -> None:
    from starlette.testclient import TestClient  # noqa: PLC0415

    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
        yield {"store": "open"}

    app = FastAPI(lifespan=asynccontextmanager(lifespan))

    @app.get("/")
    async def read(request: Request) -> str:
        return str(request.state.store)

    init_app(app, recorder.telemetry)
    with TestClient(app) as client:
        assert client.get("/").json() == "open"
    assert one(recorder, "GET /").status == "UNSET"
