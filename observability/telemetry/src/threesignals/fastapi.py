"""Instrument a FastAPI application."""

from collections.abc import Awaitable

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals import _exposition
from threesignals._asgi import KeepScope, noting, path_of
from threesignals._core import Telemetry


def init_app(app: FastAPI, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application. Call it
    before the application starts. What is left is sent when the server ends the lifespan.
    """
    if app.middleware_stack is not None:
        raise RuntimeError("init_app comes before the application's first request")
    telemetry = telemetry or Telemetry.from_env(service_name=app.title)
    telemetry.instrument("fastapi", app)
    build = app.build_middleware_stack

    def build_in_front() -> Front:
        _silence_native_telemetry(app)
        _note_what_is_handled(app)
        _keep_scopes(app)
        return Front(build(), telemetry)

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


class Front:
    """Answers `/metrics` before the application, and sends what is left when the server stops."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
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
        if scope["type"] == "http" and path_of(scope) == _exposition.PATH:
            return self._metrics(scope, receive, send)
        return self._app(scope, receive, send)

    async def _metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        body, content_type = await run_in_threadpool(self._telemetry.metrics_page, accept)
        response = Response(body, headers={"content-type": content_type})
        await response(scope, receive, send)

    def _flushing(self, send: Send) -> Send:
        """Uvicorn ends itself by a signal, so that exit handlers never run: flush before."""

        async def wrapped(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await run_in_threadpool(self._telemetry.shutdown)
            await send(message)

        return wrapped
