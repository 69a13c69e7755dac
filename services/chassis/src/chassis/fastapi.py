"""What FastAPI needs from the chassis. `chassis.flask` says the same in the same words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import ExitStack
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import iter_route_contexts
from opentelemetry.trace import Tracer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import docs, problems
from chassis.capacity import BODY, OVERLOADED, Line, OverloadedError
from chassis.faults import FaultSwitch, SimulatedFailureError
from chassis.health import LIVE, READY, Readiness
from chassis.problems import Kind, http_problem, invalid_problem, known_problem
from chassis.simulation import EXEMPT_PATHS, SUPPLIER_SPAN, Supplier


def add_probes(app: FastAPI, readiness: Readiness) -> None:
    """Serve `/healthz` and `/readyz`."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    def readyz(_request: Request) -> Response:
        status, body = readiness.check()
        return JSONResponse(body, status)

    app.add_route(LIVE, healthz, include_in_schema=False)
    app.add_route(READY, readyz, include_in_schema=False)


def add_docs(app: FastAPI, title: str) -> None:
    """Serve `/docs`; FastAPI itself serves `/openapi.json`."""
    assets = docs.Assets(files("fastapi_offline") / "static")

    async def docs_page(_request: Request) -> Response:
        return HTMLResponse(docs.page(title))

    async def docs_asset(request: Request) -> Response:
        found = assets.read(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1])

    app.add_route("/docs", docs_page, include_in_schema=False)
    app.add_route("/docs/{name}", docs_asset, include_in_schema=False)


def add_error_handlers(app: FastAPI, kinds: Mapping[type[Exception], Kind]) -> None:
    """Answer every error with problem details. `kinds` is the service's own table."""

    async def known(_request: Request, error: Exception) -> Response:
        kind = kinds[type(error)]
        return _respond(known_problem(kind, error), headers=kind.headers)

    async def from_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 (the handler is registered for it)
        headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
        return _respond(http_problem(error.status_code), headers=headers)

    async def unknown(_request: Request, _error: Exception) -> Response:
        return _respond(http_problem(500))

    for error_type in kinds:
        app.add_exception_handler(error_type, known)
    app.add_exception_handler(RequestValidationError, refuse)
    app.add_exception_handler(HTTPException, from_http)
    app.add_exception_handler(Exception, unknown)


async def refuse(_request: Request, error: Exception) -> Response:
    """Answer a request that pydantic refused, or whose body is no JSON."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        return _respond(http_problem(400))
    return _respond(invalid_problem([(e["loc"][0], e["loc"][1:], e["msg"]) for e in errors]))


def _respond(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(body, body["status"], headers, media_type=problems.MEDIA_TYPE)


def _allowed(request: Request) -> str:
    """List the methods of every route with this path: FastAPI names only the first one's."""
    path = request.scope["path"]
    routes = [r for r in iter_route_contexts(request.app.routes) if r.path_regex.match(path)]
    return ", ".join(sorted({method for r in routes for method in r.methods or ()}))


async def require_json(request: Request) -> None:
    """Refuse a body that isn't called JSON (415) or is empty (400): for routes that take one.

    FastAPI takes both for a body of the wrong type.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise HTTPException(415)
    if not await request.body():
        raise HTTPException(400)


class _BodyMiddleware:
    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app, self._limit = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            return await self._app(scope, receive, send)
        if int(headers.get(b"content-length", 0)) > self._limit:
            return await _respond(http_problem(413))(scope, receive, send)
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None  # nobody is there to be answered
            body += message.get("body", b"")
            if len(body) > self._limit:
                return await _respond(http_problem(413))(scope, receive, send)
            more = message.get("more_body", False)
        return await self._app(scope, _replay(bytes(body), receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Receive a body that has been read, and then what comes behind it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def receive_body(app: FastAPI, *, max_body_bytes: int) -> None:
    """Read a body before anything else is done, and refuse (413) one that is too large.

    So no place is taken by a request that has not arrived. How long it may take is the server's
    business. FastAPI's own limit answers in plain text, so this is ours.
    """
    app.add_middleware(_BodyMiddleware, max_body_bytes=max_body_bytes)


class _SupplierMiddleware:
    def __init__(self, app: ASGIApp, supplier: Supplier, tracer: Tracer) -> None:
        self._app, self._supplier, self._tracer = app, supplier, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if seconds := self._supplier.seconds_for(scope["method"], scope["path"]):
            with self._tracer.start_as_current_span(SUPPLIER_SPAN):
                await asyncio.sleep(seconds)
        return await self._app(scope, receive, send)


def simulate_supplier(app: FastAPI, supplier: Supplier, tracer: Tracer) -> None:
    """Make reads wait for the simulated supplier, in a span that says so."""
    app.add_middleware(_SupplierMiddleware, supplier=supplier, tracer=tracer)


class _DefectMiddleware:
    def __init__(self, app: ASGIApp, switch: FaultSwitch) -> None:
        self._app, self._switch = app, switch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._switch.now().fails(scope["path"]):
            raise SimulatedFailureError
        await self._app(scope, receive, send)


def simulate_defect(app: FastAPI, switch: FaultSwitch) -> None:
    """Let requests run into a defect when told to."""
    if switch.possible:
        app.add_middleware(_DefectMiddleware, switch=switch)


class _CapacityMiddleware:
    def __init__(self, app: ASGIApp, concurrency: int, line: Line) -> None:
        self._app, self._line = app, line
        self._places = asyncio.Semaphore(concurrency)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT_PATHS:
            return await self._app(scope, receive, send)
        try:
            await self._take_place()
        except OverloadedError as error:
            self._line.turned_away(error)
            return await _respond(BODY, OVERLOADED.headers)(scope, receive, send)
        with ExitStack() as place:
            place.callback(self._places.release)
            return await self._app(scope, receive, _leaving(place, send))

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        with self._line.joined():
            try:
                async with asyncio.timeout(self._line.seconds):
                    await self._places.acquire()
            except TimeoutError:
                raise OverloadedError("waited_too_long") from None


def _leaving(place: ExitStack, send: Send) -> Send:
    """Give the place back before an answer is sent: its client may be slow to take it."""

    def leave_and_send(message: Message) -> Awaitable[None]:
        place.close()
        return send(message)

    return leave_and_send


def limit_capacity(app: FastAPI, concurrency: int, line: Line) -> None:
    """Handle at most so many requests at once; others wait in line. Probes don't."""
    app.add_middleware(_CapacityMiddleware, concurrency=concurrency, line=line)
