"""Both services, built in this process on a store of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from flask_openapi3.openapi import OpenAPI

import laptops.app
import laptops.settings
import port.app
import port.settings
from chassis.lifecycle import Lifecycle
from threesignals import Telemetry

NOBODY_LISTENS = "http://127.0.0.1:9"


class BlockingASGITransport(httpx.BaseTransport):
    """HTTPX's transport for ASGI, for a client that isn't asynchronous."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the portal's event loop and wait for the whole answer."""
        return self._portal.call(self._exchange, request)

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)


def laptops_app(folder: Path, *, lifecycle: Lifecycle | None = None, **settings: object) -> OpenAPI:
    """A laptops service; nobody answers at its port service unless settings say so."""
    defaults = {"database_url": f"sqlite:///{folder}/laptops.db", "port_url": NOBODY_LISTENS}
    return laptops.app.create_app(
        laptops.settings.Settings(**defaults | settings),
        telemetry=Telemetry.from_env(service_name="laptops"),
        lifecycle=lifecycle or Lifecycle(drain_seconds=0),
    )


def port_app(folder: Path, *, lifecycle: Lifecycle | None = None, **settings: object) -> FastAPI:
    """A port service."""
    return port.app.create_app(
        port.settings.Settings(**{"database_url": f"sqlite:///{folder}/port.db"} | settings),
        telemetry=Telemetry.from_env(service_name="port"),
        lifecycle=lifecycle or Lifecycle(drain_seconds=0),
    )


@contextmanager
def laptops_client(folder: Path, **options: Any) -> Iterator[httpx.Client]:  # noqa: ANN401
    """A client of a laptops service."""
    transport = httpx.WSGITransport(laptops_app(folder, **options))
    with httpx.Client(transport=transport, base_url="http://laptops") as client:
        yield client


@contextmanager
def port_client(folder: Path, **options: Any) -> Iterator[httpx.Client]:  # noqa: ANN401
    """A client of a port service."""
    app = port_app(folder, **options)
    with start_blocking_portal() as portal:
        transport = BlockingASGITransport(app, portal)
        with httpx.Client(transport=transport, base_url="http://port") as client:
            yield client
