"""The template of a route is whole, however FastAPI came to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from threesignals import names
from threesignals._asgi_routes import route_of
from threesignals.fastapi import init_app
from threesignals.testing import RecordedSpan, Recorder

from .conformance import drivers

IMPLEMENTATIONS = ("contrib", "lean")


async def plain(_: Request) -> Response:
    return PlainTextResponse("plain")


class Plain(HTTPEndpoint):
    async def get(self, _: Request) -> Response:
        return PlainTextResponse("plain")


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


class Copies:
    """A middleware that hands on a copy of the scope, and what it likes of the path."""

    def __init__(self, app: ASGIApp, *, cut: str = "") -> None:
        self.app = app
        self.cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        copied = dict(scope)
        if scope["type"] == "http":
            copied["path"] = scope["path"].removeprefix(self.cut)
        await self.app(copied, receive, send)


async def pass_on(request: Request, call_next: Any) -> Response:  # noqa: ANN401 (Starlette's)
    response: Response = await call_next(request)
    return response


def router(files: Path) -> APIRouter:
    """A router with routes of every kind, to be included or mounted."""
    made = APIRouter(prefix="/inner")

    @made.get("/items/{item}")
    async def nested(item: int) -> int:
        return item

    @made.get("/one/{item}")
    @made.get("/two/{item}")
    async def on_two_paths(item: int) -> int:
        return item

    made.add_route("/inner/plain/{item}", plain)
    made.add_route("/inner/class", Plain)
    made.mount("/inner/files", StaticFiles(directory=files))
    made.mount("/inner/raw", raw)
    return made


def mounted() -> FastAPI:
    app = FastAPI()

    @app.get("/items/{item}")
    async def in_mounted(item: int) -> int:
        return item

    app.add_route("/plain/{item}", plain)
    return app


def application(files: Path, middleware: str = "") -> FastAPI:
    """An application with a route of every kind."""
    outer = APIRouter(prefix="/outer")
    outer.include_router(router(files))
    app = FastAPI()
    app.include_router(outer, prefix="/v1")
    app.include_router(router(files))
    app.add_route("/plain/{item}", plain)
    app.add_route("/other/{item}", plain)
    app.add_route("/class", Plain)
    app.mount("/shop", mounted())
    app.mount("/lined", Starlette(routes=[Route("/plain/{item}", plain)]))
    app.mount(
        "/routed", Router([Route("/a/{item}", plain), Mount("/b", Router([Route("/c", plain)]))])
    )
    app.mount("/copying", copying())
    app.mount("/static", StaticFiles(directory=files))
    app.router.routes.insert(0, Host("api.test", mounted()))
    if middleware == "BaseHTTPMiddleware":
        app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    elif middleware:
        app.add_middleware(Copies, cut="/cut" if middleware == "cut" else "")
    return app


def copying() -> FastAPI:
    app = FastAPI(middleware=[Middleware(Copies)])
    app.add_api_route("/items/{item}", lambda item: item)
    return app


ROUTES = [
    ("GET", "/v1/outer/inner/items/7", "/v1/outer/inner/items/{item}"),
    ("GET", "/v1/outer/inner/one/7", "/v1/outer/inner/one/{item}"),
    ("GET", "/v1/outer/inner/two/7", "/v1/outer/inner/two/{item}"),
    ("GET", "/v1/outer/inner/plain/7", "/v1/outer/inner/plain/{item}"),
    ("GET", "/v1/outer/inner/class", "/v1/outer/inner/class"),
    ("GET", "/v1/outer/inner/files/a.txt", "/v1/outer/inner/files/{path}"),
    ("GET", "/v1/outer/inner/raw/x/y", "/v1/outer/inner/raw/{path}"),
    ("GET", "/inner/items/7", "/inner/items/{item}"),
    ("GET", "/inner/one/7", "/inner/one/{item}"),
    ("GET", "/inner/two/7", "/inner/two/{item}"),
    ("GET", "/inner/plain/7", "/inner/plain/{item}"),
    ("GET", "/inner/files/a.txt", "/inner/files/{path}"),
    ("GET", "/plain/7", "/plain/{item}"),
    ("GET", "/other/7", "/other/{item}"),
    ("GET", "/class", "/class"),
    ("GET", "/shop/items/7", "/shop/items/{item}"),
    ("GET", "/shop/plain/7", "/shop/plain/{item}"),
    ("GET", "/shop/nothing", None),
    ("GET", "/lined/plain/7", "/lined/plain/{item}"),
    ("GET", "/routed/a/7", "/routed/a/{item}"),
    ("GET", "/routed/b/c", "/routed/b/c"),
    ("GET", "/copying/items/7", "/copying/items/{item}"),
    ("GET", "/static/a.txt", "/static/{path}"),
    ("GET", "/static/missing.txt", "/static/{path}"),
    ("GET", "/openapi.json", "/openapi.json"),
    ("GET", "/docs", "/docs"),
    ("GET", "/nothing", None),
    ("GET", "/inner/nothing", None),
    ("DELETE", "/shop/items/7", "/shop/items/{item}"),
    ("DELETE", "/plain/7", "/plain/{item}"),
    ("BREW", "/inner/items/7", "/inner/items/{item}"),
]


def ask(implementation: str, app: FastAPI, method: str, path: str, **more: object) -> RecordedSpan:
    """Send one request, and return its span."""
    recorder = Recorder(implementation=implementation)
    init_app(app, recorder.telemetry)
    scope = drivers.scope_of(drivers.Request(method, path)) | more
    asyncio.run(drivers.send_scope(app, scope))
    (span,) = recorder.spans
    recorder.close()
    return span


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("middleware", ["", "copy", "BaseHTTPMiddleware"])
@pytest.mark.parametrize(("method", "path", "route"), ROUTES)
def test_the_span_has_the_whole_template(  # noqa: PLR0917
    implementation: str, middleware: str, method: str, path: str, route: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    span = ask(implementation, application(tmp_path, middleware), method, path)
    assert span.attributes.get(names.HTTP_ROUTE) == route
    verb = "HTTP" if method == "BREW" else method
    assert span.name == (f"{verb} {route}" if route else verb)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_a_middleware_that_changes_the_path_changes_the_route_but_not_what_was_asked(
    implementation: str, tmp_path: Path
) -> None:
    span = ask(implementation, application(tmp_path, "cut"), "GET", "/cut/inner/items/7")
    assert span.attributes[names.HTTP_ROUTE] == "/inner/items/{item}"
    assert span.attributes[names.URL_PATH] == "/cut/inner/items/7"


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(("method", "path", "route"), ROUTES)
def test_a_root_path_is_the_beginning_of_the_template(
    implementation: str, method: str, path: str, route: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    app = application(tmp_path)
    span = ask(implementation, app, method, f"/api{path}", root_path="/api")
    assert span.attributes.get(names.HTTP_ROUTE) == (route and f"/api{route}")


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("path", "route"), [("/items/7", "/items/{item}"), ("/plain/7", "/plain/{item}"), ("/no", None)]
)
def test_a_route_of_a_host_is_the_route(
    implementation: str, path: str, route: str | None, tmp_path: Path
) -> None:
    headers = [(b"host", b"api.test")]
    span = ask(implementation, application(tmp_path), "GET", path, headers=headers)
    assert span.attributes.get(names.HTTP_ROUTE) == route


def test_what_routes_of_another_make_raise_leaves_the_request_unmatched() -> None:
    assert route_of({"endpoint": plain, "app": object()}) is None
