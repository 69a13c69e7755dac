"""The composition root: everything the service is made of, in order."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI

import events
from chassis.capacity import Line
from chassis.consul import Link
from chassis.database import open_engine
from chassis.fastapi import (
    add_docs,
    add_error_handlers,
    add_probes,
    limit_capacity,
    receive_body,
    simulate_defect,
    simulate_supplier,
)
from chassis.faults import FaultSwitch, slow_database
from chassis.health import Readiness, store_probe
from chassis.lifecycle import Lifecycle
from chassis.simulation import Supplier
from port.errors import PROBLEMS
from port.routes import PATH, make_routes
from port.settings import Settings
from port.store import SqlPortStore
from threesignals import Telemetry
from threesignals.fastapi import init_app
from threesignals.sqlalchemy import init_engine

TITLE = "port"
DESCRIPTION = "A catalogue of ports. Errors are problem details (RFC 9457)."


def create_app(
    settings: Settings,
    *,
    telemetry: Telemetry,
    lifecycle: Lifecycle,
    link: Link | None = None,
) -> FastAPI:
    """Make the service; its store is created and seeded if it is new. `link` leads to Consul."""
    faults = FaultSwitch(settings.faults_file, TITLE, remote=link.faults if link else None)
    engine = open_engine(settings.database_url, pool_size=settings.capacity_concurrency)
    init_engine(engine, telemetry)
    slow_database(engine, faults)

    record = partial(events.record, tracer=telemetry.tracer) if settings.amqp_url else None
    store = SqlPortStore(engine, record)
    store.prepare()
    latency = link.supplier_latency if link else lambda: settings.supplier_latency_seconds
    supplier = Supplier(lambda: faults.now().supplier_seconds or latency(), PATH)

    app = _new_app()
    app.include_router(make_routes(store))
    add_probes(app, Readiness(lifecycle, store_probe(settings.database_url)))
    add_docs(app, TITLE)
    add_error_handlers(app, PROBLEMS)

    # From the inside out. Telemetry is outermost, so that a span holds the wait for its turn.
    simulate_supplier(app, supplier, telemetry.tracer)
    simulate_defect(app, faults)
    line = Line(seconds=settings.queue_seconds, registry=telemetry.registry)
    limit_capacity(app, settings.capacity_concurrency, line)
    receive_body(app, max_body_bytes=settings.max_body_bytes)
    init_app(app, telemetry)
    return app


def _new_app() -> FastAPI:
    return FastAPI(
        title=TITLE,
        version="1",
        description=DESCRIPTION,
        docs_url=None,  # ours is the same in both services, and works offline
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI's own telemetry would make a second SERVER span beside ours.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
