"""One replica of a service as a process: its settings, its telemetry, its app, in order."""

from __future__ import annotations

import socket
import sys
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry

from chassis import consul
from chassis.errors import CannotStartError
from chassis.faults import FaultSwitch
from chassis.lifecycle import Lifecycle, listen
from chassis.settings import ServiceSettings, read_settings
from threesignals import SettingsError, Telemetry

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
SettingsT_contra = TypeVar("SettingsT_contra", bound=ServiceSettings, contravariant=True)


class CreateApp(Protocol[SettingsT_contra]):
    """A service's composition root; the app is of its framework."""

    def __call__(
        self,
        settings: SettingsT_contra,
        *,
        telemetry: Telemetry,
        lifecycle: Lifecycle,
        link: consul.Link | None,
    ) -> Any:  # noqa: ANN401
        """Put the app together."""


class Serve(Protocol):
    """A server of such an app: `chassis.gunicorn.serve`, `chassis.uvicorn.serve`."""

    def __call__(
        self,
        app: Any,  # noqa: ANN401
        *,
        sock: socket.socket,
        lifecycle: Lifecycle,
        registry: CollectorRegistry,
    ) -> None:
        """Serve until the lifecycle ends; return when requests in flight are answered."""


def run(
    title: str,
    settings_type: type[SettingsT],
    create_app: CreateApp[SettingsT],
    serve: Serve,
) -> int:
    """Run a replica of the service `title` until told to stop; return the exit status."""
    try:
        settings = read_settings(settings_type)
        lifecycle = Lifecycle(drain_seconds=settings.drain_seconds)
        telemetry = Telemetry.from_env(service_name=title, distribution=f"laptop-lab-{title}")
        FaultSwitch(settings.faults_file, title).wait_to_start()
        link = consul.connect(title, settings, telemetry)
        app = create_app(settings, telemetry=telemetry, lifecycle=lifecycle, link=link)
        sock = listen(settings.http_host, settings.http_port)
    except (CannotStartError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    with consul.registered(link, sock, lifecycle):
        serve(app, sock=sock, lifecycle=lifecycle, registry=telemetry.registry)
    telemetry.shutdown()
    return 0
