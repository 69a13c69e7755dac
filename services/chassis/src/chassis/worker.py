"""A service's worker as a process: its settings, its store, its telemetry, in order."""

from __future__ import annotations

import sys
from collections.abc import Callable

from sqlalchemy import Engine

from chassis import consul
from chassis.database import open_engine
from chassis.errors import CannotStartError
from chassis.settings import ServiceSettings, read_settings
from events import Subscription
from events.settings import EventsSettings
from events.worker import Worker, serve_until_signal
from threesignals import SettingsError, Telemetry
from threesignals.sqlalchemy import init_engine

QUIET_CONNECTIONS = 2  # the relay's, and a scrape's


def run(
    name: str,
    settings_type: type[ServiceSettings],
    subscription: Subscription,
    *,
    prepare: Callable[[Engine], None],
) -> int:
    """Run the worker `name` until told to stop; return the exit status.

    `prepare` creates the service's tables, in case the worker is first.
    """
    try:
        service = read_settings(settings_type)
        settings = read_settings(EventsSettings)
        telemetry = Telemetry.from_env(
            service_name=name, distribution=f"laptop-lab-{name.removesuffix('-worker')}"
        )
        engine = open_engine(service.database_url, pool_size=settings.worker_concurrency)
        init_engine(engine, telemetry)
        quiet = open_engine(service.database_url, pool_size=QUIET_CONNECTIONS)
        prepare(quiet)
    except (CannotStartError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    # Its service's knobs: how much it logs, and how many of its traces are kept.
    link = consul.connect(name.removesuffix("-worker"), service, telemetry)
    serve_until_signal(
        Worker(
            name=name,
            engine=engine,
            quiet=quiet,
            subscription=subscription,
            settings=settings,
            signals=telemetry,
        )
    )
    if link is not None:
        link.close()
    telemetry.shutdown()
    return 0
