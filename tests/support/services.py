"""Both services, built in this process on a store of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from starlette.testclient import TestClient

import laptops.app
import laptops.settings
import port.app
import port.settings
from chassis.lifecycle import Lifecycle
from telemetry import Telemetry

NOBODY_LISTENS = "http://127.0.0.1:9"


@contextmanager
def laptops_client(
    folder: Path, *, lifecycle: Lifecycle | None = None, **settings: object
) -> Iterator[httpx.Client]:
    """A client of a laptops service; nobody answers at its port service unless settings say so."""
    defaults = {"database_url": f"sqlite:///{folder}/laptops.db", "port_url": NOBODY_LISTENS}
    app = laptops.app.create_app(
        laptops.settings.Settings(**defaults | settings),
        telemetry=Telemetry.from_env(service_name="laptops"),
        lifecycle=lifecycle or Lifecycle(drain_seconds=0),
    )
    transport = httpx.WSGITransport(app)
    with httpx.Client(transport=transport, base_url="http://laptops") as client:
        yield client


@contextmanager
def port_client(
    folder: Path, *, lifecycle: Lifecycle | None = None, **settings: object
) -> Iterator[httpx.Client]:
    """A client of a port service."""
    app = port.app.create_app(
        port.settings.Settings(**{"database_url": f"sqlite:///{folder}/port.db"} | settings),
        telemetry=Telemetry.from_env(service_name="port"),
        lifecycle=lifecycle or Lifecycle(drain_seconds=0),
    )
    with TestClient(app, base_url="http://port", raise_server_exceptions=False) as client:
        yield client
