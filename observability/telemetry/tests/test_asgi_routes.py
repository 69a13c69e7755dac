"""The template of a route is whole, however FastAPI came to it."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from threesignals.fastapi import init_app
from threesignals.testing import Recorder

IMPLEMENTATIONS = ("contrib", "lean")


def application(files: Path) -> FastAPI:
    """An application with a route of every kind."""
    inner = APIRouter(prefix="/inner")
    outer = APIRouter(prefix="/outer")
    mounted = FastAPI()

    @inner.get("/{item}")
    async def nested(item: int) -> int:
        return item

    @mounted.get("/items/{item}")
    async def in_mounted(item: int) -> int:
        return item

    outer.include_router(inner)
    app = FastAPI()
    app.include_router(outer, prefix="/v1")
    app.mount("/shop", mounted)
    app.mount("/static", StaticFiles(directory=files))
    return app


async def ask(implementation: str, path: str, files: Path) -> str:
    """Send one request, and return the name of its span."""
    recorder = Recorder(implementation=implementation)
    app = application(files)
    init_app(app, recorder.telemetry)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get(path)
    (span,) = recorder.spans
    recorder.close()
    return span.name


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/outer/inner/7", "GET /v1/outer/inner/{item}"),
        ("/shop/items/7", "GET /shop/items/{item}"),
        ("/shop/nothing", "GET"),
        ("/static/a.txt", "GET /static/{path}"),
        ("/openapi.json", "GET /openapi.json"),
        ("/docs", "GET /docs"),
        ("/nothing", "GET"),
    ],
)
def test_the_span_has_the_whole_template(
    implementation: str, path: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    assert asyncio.run(ask(implementation, path, tmp_path)) == name
