"""Instrument a FastAPI application."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals import _exposition
from threesignals._asgi import KeepScope, noting, path_of
from threesignals._core import Telemetry
from threesignals._existing import Page
from threesignals._once import instrumented, mark


def init_app(app: FastAPI, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application. Call it
    before the application starts. What is left is sent when the server ends the lifespan. Called
    again it changes nothing; with another telemetry it raises RuntimeError.
    """
    if already := instrumented(app, telemetry):
        return already
    if app.middleware_stack is not None:
        raise RuntimeError("init_app comes before the application's first request")
    telemetry = telemetry or Telemetry.from_env(service_name=app.title)
    mark(app, telemetry)
    telemetry.instrument("fastapi", app)
    build = app.build_middleware_stack

    def build_in_front() -> Front:
        _silence_native_telemetry(app)
        _note_what_is_handled(app)
        _keep_scopes(app)
        return Front(build(), telemetry, lambda: _has_route(app))

    app.build_middleware_stack = build_in_front  # type: ignore[method-assign]
    telemetry.capture_standard_logging()
    telemetry.set_global()
    app.state.telemetry = telemetry
    return telemetry


def _silence_native_telemetry(app: FastAPI) -> None:
    """Switch off what FastAPI has since 0.142: beside ours it would count every request twice.

    Applications that are mounted have it too, and it wakes once there is a global provider.
    """
    native = getattr(app, "_telemetry", None)
    if native is not None:
        native.update(tracing=False, metrics=False, logs=False, operation_spans=False,
                      auto_configure=False)  # fmt: skip
    for route in app.routes:
        if isinstance(mounted := getattr(route, "app", None), FastAPI):
            _silence_native_telemetry(mounted)


def _note_what_is_handled(app: FastAPI) -> None:
    """Let the error handlers of the application tell what they handle; FastAPI's own need not."""
    for kind, handler in app.exception_handlers.items():
        if getattr(handler, "__module__", "") != "fastapi.exception_handlers":
            app.exception_handlers[kind] = noting(handler)


def _keep_scopes(app: Starlette) -> None:
    """Learn which scope the routes get, of `app` and of those mounted in it."""
    if app.middleware_stack is None:
        app.user_middleware.append(Middleware(KeepScope))
    for route in app.routes:
        if isinstance(mounted := getattr(route, "app", None), Starlette):
            _keep_scopes(mounted)


def _has_route(app: FastAPI) -> bool:
    asked = {"type": "http", "method": "GET", "path": _exposition.PATH, "root_path": ""}
    return any(route.matches(asked)[0] is Match.FULL for route in app.router.routes)


class Front:
    """Answers `/metrics` before the application, and sends what is left when the server stops.

    `has_page` tells whether the application has one of its own, which is then asked.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, has_page: Callable[[], bool]) -> None:
        self._has_page = has_page
        self._inner = app
        self._app: ASGIApp = self._first
        self._telemetry = telemetry

    async def _first(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the first request: from now on this process belongs to its server."""
        if scope["type"] != "lifespan":
            self._app = self._inner
            await run_in_threadpool(self._telemetry.workers.join)
        await self._inner(scope, receive, send)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a page of samples, or hand the scope on without a frame of its own."""
        if scope["type"] == "lifespan":
            return self._app(scope, receive, self._flushing(send))
        asked = scope["type"] == "http" and scope["path"].endswith(_exposition.PATH)
        if asked and path_of(scope) == _exposition.PATH:
            return self._metrics(scope, receive, send)
        return self._app(scope, receive, send)

    async def _metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        existing = await self._ask(scope, receive) if self._has_page() else None
        if existing and existing.guarded():
            response = Response(existing.body, existing.status, dict(existing.headers))
        else:
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            page = self._telemetry.metrics_page
            body, content_type = await run_in_threadpool(page, accept, existing)
            response = Response(body, headers={"content-type": content_type})
        await response(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive) -> Page | None:
        """Ask the application for its own page; one that fails is no reason to show none."""
        headers = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        said: list[Message] = []

        async def hear(message: Message) -> None:
            said.append(message)

        try:
            await self._inner({**scope, "headers": headers}, receive, hear)
            return _page(said)
        except Exception as failure:
            self._telemetry.warn(f"the application's own page fails: {failure!r}")
            return None

    def _flushing(self, send: Send) -> Send:
        """Uvicorn ends itself by a signal, so that exit handlers never run: flush before."""

        async def wrapped(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await run_in_threadpool(self._telemetry.shutdown)
            await send(message)

        return wrapped


def _page(said: list[Message]) -> Page:
    start, *parts = said
    headers = [(key.decode(), value.decode("latin-1")) for key, value in start.get("headers", ())]
    return Page(start["status"], headers, b"".join(part.get("body", b"") for part in parts))
