"""What can go wrong while a spike runs, really done: signals, faults, proxies, other processes.

Each is a function of a stage that gives the endpoints to load, as a context manager: it undoes what
it did. None of them touches the judge or what it reads from.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import yaml
from tests.verdict import proxy
from tests.verdict.stage import Stage

from lab.autoscaler import files
from lab.engines.endpoints import Endpoints
from lab.engines.machine import endpoints_of
from lab.facts import HOST
from lab.processes.process_compose import ProcessCompose

Disturbance = Callable[[Stage], AbstractContextManager[Endpoints]]
PROXY_PORT_AFTER = 70
"""Proxies listen so far above a stack's gateway; nothing of the lab is there."""
COLLECTOR = "otel-collector"


@contextmanager
def nothing(stage: Stage) -> Iterator[Endpoints]:
    """Leave it alone."""
    yield endpoints_of(stage.running)


def frozen(name: str, phase: str, after: float, seconds: float) -> Disturbance:
    """Stop a process with SIGSTOP for a while."""
    return acting(phase, after, lambda stage: stage.freeze(name, seconds))


def killed(name: str, phase: str, after: float) -> Disturbance:
    """End a process with SIGKILL; the supervisor starts it again."""
    return acting(phase, after, lambda stage: os.kill(stage.pid(name), signal.SIGKILL))


def starved(name: str, phase: str, after: float, seconds: float) -> Disturbance:
    """Let a process run in short pieces only, by SIGSTOP and SIGCONT."""

    def starve(stage: Stage) -> None:
        for _ in range(round(seconds / 0.8)):
            stage.freeze(name, 0.6)
            if stage.over.wait(0.2):
                return

    return acting(phase, after, starve)


def acting(phase: str, after: float, action: Callable[[Stage], None]) -> Disturbance:
    """Do something once, so many seconds after a phase has begun."""

    @contextmanager
    def disturb(stage: Stage) -> Iterator[Endpoints]:
        stage.at(phase, after, lambda: action(stage))
        yield endpoints_of(stage.running)

    return disturb


def faulty(
    service: str, phase: str = "warmup", after: float = 0.0, seconds: float = 1e6, **knobs: float
) -> Disturbance:
    """Switch faults of a service on for a while, as `lab break` does."""

    def break_(stage: Stage) -> None:
        file = stage.running.layout.faults
        file.write_text(json.dumps({"faults": [], service: knobs}))
        stage.over.wait(seconds)
        file.unlink()

    return acting(phase, after, break_)


def slow_clients(
    service: str, delay: float, *, every: int = 1, at_most: int = 1_000_000
) -> Disturbance:
    """Hold requests back between Locust and the gateway."""

    @contextmanager
    def disturb(stage: Stage) -> Iterator[Endpoints]:
        port = getattr(stage.running.ports, service)
        listen = stage.running.ports.laptops + PROXY_PORT_AFTER
        held = ["--delay", delay, "--every", every, "--at-most", at_most]
        with proxy.running("slow", listen, port, *held):
            found, url = endpoints_of(stage.running), f"http://{HOST}:{listen}"
            yield replace(found, port=url) if service == "port" else replace(found, laptops=url)

    return disturb


@contextmanager
def lossy_logs(stage: Stage) -> Iterator[Endpoints]:
    """Put a proxy between collector and VictoriaLogs that loses one batch of lines in a hundred."""
    ports = stage.running.ports
    listen = ports.laptops + PROXY_PORT_AFTER
    path = "/insert/opentelemetry/v1/logs"
    address = f"{stage.running.layout.sign_in}{HOST}:{listen}"
    changed = {"VICTORIALOGS_OTLP_ENDPOINT": f"http://{address}{path}"}
    with (
        proxy.running("lossy", listen, ports.victorialogs, "--every", 100),
        _collector_with(stage, changed),
    ):
        yield endpoints_of(stage.running)


@contextmanager
def _collector_with(stage: Stage, changed: dict[str, str]) -> Iterator[None]:
    """Run the stack's collector with another environment for a while."""
    project = yaml.safe_load(stage.running.layout.processes.read_text())
    process: dict[str, Any] = project["processes"][COLLECTOR]
    environment = dict(item.split("=", 1) for item in process["environment"]) | changed
    with ProcessCompose(stage.running.layout.socket) as supervisor:
        supervisor.stop(COLLECTOR)
        own = subprocess.Popen(process["entrypoint"], env={**os.environ, **environment})
        try:
            yield
        finally:
            own.terminate()
            own.wait(timeout=20)
            supervisor.start(COLLECTOR)


def one_item_vanishes(service: str) -> Disturbance:
    """Delete what one user has created behind its back: its own delete then gets a 404."""
    return acting("spike", 3, lambda stage: vanish(service, stage))


def vanish(service: str, stage: Stage) -> None:
    """Wait until a user has created an item, and delete it from the service's store."""
    table = "laptops" if service == "laptops" else "ports"
    newest = f"SELECT max(id) FROM {table} WHERE id > 2"  # noqa: S608
    file = stage.running.layout.data / f"{service}.db"
    with contextlib.closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as store:
        while not stage.over.wait(0.05):
            if store.execute(f"DELETE FROM {table} WHERE id = ({newest})").rowcount:  # noqa: S608
                return


def scraped_elsewhere(job: str, *, after: float = 1.0) -> Disturbance:
    """Point Prometheus to where nobody listens, in the place of a part of the lab."""

    def point(stage: Stage) -> None:
        _targets_for_a_while(stage, job, [f"{HOST}:1"])

    return acting("warmup", after, point)


def one_more_scraped(service: str) -> Disturbance:
    """Let something answer as if it were one more replica, which the scaler does not know."""

    def add(stage: Stage) -> None:
        replica = stage.running.ports.replicas(service)[0]
        stranger = stage.running.ports.autoscaler
        _targets_for_a_while(stage, service, [f"{HOST}:{replica}", f"{HOST}:{stranger}"])

    return acting("baseline", 1, add)


def _targets_for_a_while(stage: Stage, job: str, addresses: list[str]) -> None:
    """Hold a job's targets until the run is over; the scaler writes its own again and again."""
    file = stage.running.layout.targets / f"{job}.json"
    before = file.read_text()
    groups = json.loads(before)
    groups[0]["targets"] = addresses  # labels stay, or every series would be another one
    while not stage.over.wait(0.5):
        files.replace(file, json.dumps(groups) + "\n")
    files.replace(file, before)


def one_more_replica(service: str) -> Disturbance:
    """Start a replica that nobody has asked for; the scaler sees it and ends it."""

    def start(stage: Stage) -> None:
        with ProcessCompose(stage.running.layout.socket) as supervisor:
            supervisor.start(f"{service}-1")

    return acting("spike", 3, start)


def lines_sent_twice(service: str, lines: int) -> Disturbance:
    """Send the collector more canonical log lines than there were requests."""

    def send(stage: Stage) -> None:
        httpx.post(
            f"{stage.running.urls.otlp_http}/v1/logs", json=_lines(service, lines)
        ).raise_for_status()

    return acting("spike", 5, send)


def _lines(service: str, count: int) -> dict[str, Any]:
    """Write OTLP in JSON."""

    def text(key: str, value: str) -> dict[str, Any]:
        return {"key": key, "value": {"stringValue": value}}

    record = {
        "body": {"stringValue": "http.request"},
        "attributes": [
            text("http.request.method", "GET"),
            text("http.route", f"/{service}"),
            text("http.response.status_code", "200"),
        ],
    }
    resource = {"attributes": [text("service.name", service)]}
    scope = {"scope": {}, "logRecords": [record] * count}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}
