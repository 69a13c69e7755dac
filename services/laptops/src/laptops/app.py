"""The composition root: everything the service is made of, in order."""

from __future__ import annotations

from functools import partial

import stamina.instrumentation
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

import events
from chassis.capacity import Line
from chassis.consul import Link
from chassis.database import open_engine
from chassis.faults import FaultSwitch, slow_database
from chassis.flask import (
    add_docs,
    add_error_handlers,
    add_probes,
    limit_capacity,
    refuse,
    require_json,
    simulate_defect,
    simulate_supplier,
)
from chassis.health import Readiness, store_probe
from chassis.lifecycle import Lifecycle
from chassis.problems import Problem
from chassis.simulation import Supplier
from laptops.domain import Catalogue
from laptops.errors import PROBLEMS
from laptops.port_client import HttpPortDirectory, make_client
from laptops.routes import PATH, make_routes
from laptops.settings import Settings
from laptops.store import SqlLaptopStore
from threesignals import Telemetry
from threesignals.flask import init_app
from threesignals.httpx import init_client
from threesignals.sqlalchemy import init_engine

TITLE = "laptops"
DESCRIPTION = "A catalogue of laptops. Errors are problem details (RFC 9457)."


def create_app(
    settings: Settings,
    *,
    telemetry: Telemetry,
    lifecycle: Lifecycle,
    link: Link | None = None,
) -> OpenAPI:
    """Make the service; its store is created and seeded if it is new. `link` leads to Consul."""
    faults = FaultSwitch(settings.faults_file, TITLE, remote=link.faults if link else None)
    engine = open_engine(settings.database_url, pool_size=settings.capacity_concurrency)
    client = make_client(settings.port_url, link.transport("port") if link else None)
    init_engine(engine, telemetry)
    slow_database(engine, faults)
    init_client(client, telemetry)
    stamina.instrumentation.set_on_retry_hooks([])  # each attempt is a CLIENT span already

    record = partial(events.record, tracer=telemetry.tracer) if settings.amqp_url else None
    store = SqlLaptopStore(engine, record)
    store.prepare()
    catalogue = Catalogue(store, HttpPortDirectory(client))
    latency = link.supplier_latency if link else lambda: settings.supplier_latency_seconds
    supplier = Supplier(lambda: faults.now().supplier_seconds or latency(), PATH)

    app = _new_app()
    app.register_api(make_routes(catalogue))
    add_probes(app, Readiness(lifecycle, store_probe(settings.database_url)))
    add_docs(app, TITLE)
    add_error_handlers(app, PROBLEMS)

    # From the inside out. Telemetry is outermost, so that a span holds the wait for its turn; its
    # hook comes before the supplier's, whose span is then a child.
    line = Line(seconds=settings.queue_seconds, registry=telemetry.registry)
    limit_capacity(app, settings.capacity_concurrency, line)
    init_app(app, telemetry)
    require_json(app, max_body_bytes=settings.max_body_bytes)
    simulate_defect(app, faults)
    simulate_supplier(app, supplier, telemetry.tracer)
    return app


def _new_app() -> OpenAPI:
    app = OpenAPI(
        __name__,
        info=Info(title=TITLE, version="1", description=DESCRIPTION),
        doc_ui=False,  # ours is the same in both services
        validation_error_callback=refuse,
        validation_error_model=Problem,
    )
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    return app
