"""The same small application twice, once on each framework."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import flask
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from opentelemetry import baggage, propagate, trace

from threesignals import Telemetry

CHUNKS = ("one", "two", "three")


class BoomError(RuntimeError):
    """What the failing routes raise."""


def note() -> dict[str, str]:
    """What a handler sees of its trace."""
    span = trace.get_current_span()
    span.set_attribute("lab.note", "from the handler")
    context = span.get_span_context()
    return {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "baggage": str(baggage.get_baggage("tenant")),
    }


def onward() -> dict[str, str]:
    """What a handler would send along with a call of its own."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


def flask_app(telemetry: Telemetry) -> flask.Flask:
    from threesignals.flask import init_app  # noqa: PLC0415 (one framework at a time)

    app = flask.Flask("conformance")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    log = telemetry.logger("conformance")

    @app.get("/items/<int:item>")
    def read(item: int) -> dict[str, int]:
        return {"item": item}

    @app.get("/note")
    def noted() -> dict[str, str]:
        return note()

    @app.get("/onward")
    def sent_onward() -> dict[str, str]:
        return onward()

    @app.get("/sent")
    def sent() -> dict[str, str]:
        return {"traceparent": flask.request.headers["traceparent"]}

    @app.get("/logged")
    def logged() -> dict[str, str]:
        log.info("read.done", rows=3, api_token="s3cret")
        return {}

    @app.get("/teapot")
    def teapot() -> tuple[str, int]:
        return "short and stout", 418

    @app.get("/unavailable")
    def unavailable() -> tuple[str, int]:
        return "later", 503

    @app.get("/boom")
    def boom() -> str:
        raise BoomError("no luck with postgresql://lab:hunter2@db/lab")

    @app.get("/stream")
    def stream() -> flask.Response:
        return flask.Response(iter(CHUNKS))

    @app.get("/broken-stream")
    def broken_stream() -> flask.Response:
        def chunks() -> Iterator[str]:
            yield "one"
            raise BoomError("midway")

        return flask.Response(chunks())

    @app.delete("/items/<int:item>")
    def delete(item: int) -> tuple[str, int]:
        return "", 204

    app.add_url_rule("/healthz", view_func=lambda: "alive", endpoint="healthz")
    init_app(app, telemetry)
    return app


def fastapi_app(telemetry: Telemetry) -> FastAPI:
    from threesignals.fastapi import init_app  # noqa: PLC0415 (one framework at a time)

    app = FastAPI(title="conformance")
    log = telemetry.logger("conformance")

    @app.get("/items/{item}")
    async def read(item: int) -> dict[str, int]:
        await asyncio.sleep(0)
        return {"item": item}

    @app.head("/items/{item}")
    async def head(item: int) -> None:
        """Unlike Flask, FastAPI has no HEAD of its own."""

    @app.get("/note")
    async def noted() -> dict[str, str]:
        return note()

    @app.get("/onward")
    async def sent_onward() -> dict[str, str]:
        return onward()

    @app.get("/sent")
    async def sent(request: Request) -> dict[str, str]:
        return {"traceparent": request.headers["traceparent"]}

    @app.get("/logged")
    async def logged() -> dict[str, str]:
        log.info("read.done", rows=3, api_token="s3cret")
        return {}

    @app.get("/teapot", status_code=418)
    async def teapot() -> str:
        return "short and stout"

    @app.get("/unavailable", status_code=503)
    async def unavailable() -> str:
        return "later"

    @app.get("/boom")
    async def boom() -> str:
        raise BoomError("no luck with postgresql://lab:hunter2@db/lab")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[str]:
            for chunk in CHUNKS:
                yield chunk

        return StreamingResponse(chunks())

    @app.get("/broken-stream")
    async def broken_stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[str]:
            yield "one"
            raise BoomError("midway")

        return StreamingResponse(chunks())

    @app.delete("/items/{item}", status_code=204)
    async def delete(item: int) -> None:
        """Delete nothing."""

    @app.get("/healthz")
    async def healthz() -> str:
        return "alive"

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    init_app(app, telemetry)
    return app
