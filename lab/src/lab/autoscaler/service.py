"""The autoscaler as a process: put together here, run until SIGTERM."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from wsgiref.simple_server import WSGIServer

import httpx
from prometheus_client import start_http_server

from lab.autoscaler import targets
from lab.autoscaler.gateway import Gateway
from lab.autoscaler.loop import Loop
from lab.autoscaler.prometheus import Prometheus
from lab.autoscaler.publish import Publisher
from lab.autoscaler.scaledobject import ScaledObject, load
from lab.autoscaler.settings import Settings
from lab.autoscaler.workload import Address, Workload, on_loopback
from lab.errors import LabError
from lab.processes.process_compose import ProcessCompose
from lab.processes.supervisor import Supervisor
from threesignals._core import Telemetry
from threesignals._settings import Settings as TelemetrySettings

SERVICE_NAME = "lab-autoscaler"
Supervise = Callable[[], AbstractContextManager[Supervisor]]

PATIENCE_SECONDS = 2.0
"""How long a tick waits for an answer; the next tick asks again."""


def run(settings: Settings, supervise: Supervise | None = None) -> None:
    """Scale until SIGTERM or SIGINT, then leave everything as it is.

    `supervise` opens who runs the replicas; by default process-compose on the settings' socket.

    Raises PolicyError for a policy that cannot be followed, LabError if the metrics port is taken.
    """
    policies = [load(path) for path in settings.policies]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    telemetry = _telemetry(settings.otlp_endpoint)
    try:
        opened = supervise() if supervise else ProcessCompose(settings.supervisor_socket)
        with opened as supervisor:
            _serve(settings, policies, supervisor, telemetry, stop)
    finally:
        telemetry.shutdown()


def _serve(
    settings: Settings,
    policies: list[ScaledObject],
    supervisor: Supervisor,
    telemetry: Telemetry,
    stop: threading.Event,
) -> None:
    publisher = Publisher(telemetry.registry, namespace=settings.namespace)
    publisher.hold(settings.hold)
    for policy in policies:
        publisher.policy(policy)
    with (
        httpx.Client(base_url=settings.prometheus_url, timeout=PATIENCE_SECONDS) as prometheus,
        httpx.Client(base_url=settings.gateway_url, timeout=PATIENCE_SECONDS) as gateway,
    ):
        loop = Loop(
            [_workload(settings, policy) for policy in policies],
            supervisor=supervisor,
            ask=Prometheus(prometheus),
            gateway=Gateway(settings.gateway_file, gateway),
            scrape=partial(targets.write, settings.targets_dir),
            publisher=publisher,
            log=telemetry.logger("lab.autoscaler"),
            sync_seconds=settings.sync_seconds,
        )
        server = _metrics(settings, telemetry)
        loop.run(
            stop, clock=time.monotonic, tick=settings.reconcile_seconds, rest=settings.rest_seconds
        )
        server.shutdown()


def _workload(settings: Settings, policy: ScaledObject) -> Workload:
    port = settings.base_ports.get(policy.service)
    if port is None:
        known = ", ".join(settings.base_ports)
        raise LabError(f"There is a scaling policy for {policy.service}, but the lab runs {known}.")
    return Workload(
        policy,
        address=_address(settings, policy.service, port),
        hold=settings.hold,
        routed=policy.service not in settings.inside,
    )


def _address(settings: Settings, service: str, port: int) -> Address:
    if template := settings.hosts.get(service):
        return lambda index: f"{template.format(number=index + 1)}:{port}"
    return on_loopback(port)


def _telemetry(otlp_endpoint: str) -> Telemetry:
    """Log on stdout, and to the collector as well if there is one."""
    environ = {
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=laptop-lab",
        **os.environ,
        "OTEL_SERVICE_NAME": SERVICE_NAME,
        "TELEMETRY_LOGS": "stdout",
    }
    if otlp_endpoint:
        environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp_endpoint, "TELEMETRY_LOGS": "both"}
    settings = TelemetrySettings.from_env(SERVICE_NAME, environ, distribution="laptop-lab-lab")
    return Telemetry(settings)


def _metrics(settings: Settings, telemetry: Telemetry) -> WSGIServer:
    host, port = settings.metrics_host, settings.metrics_port
    try:
        server, _ = start_http_server(port, addr=host, registry=telemetry.registry)
    except OSError as error:
        raise LabError(
            f"The autoscaler's metrics port {port} is taken: {error.strerror}."
        ) from error
    return server
