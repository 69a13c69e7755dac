"""Both services with their workers and a real broker: what a person sees, and how soon."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.exactly_once import wait_for
from tests.support.rabbitmq import RunningRabbitMQ, free_ports, running_rabbitmq
from tests.support.workers import HOST, answers, process

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rabbitmq")]


@dataclass(frozen=True)
class System:
    """Two services and their workers, which share a broker and no store."""

    laptops: httpx.Client
    port: httpx.Client
    folder: Path
    environment: dict[str, str]
    broker: RunningRabbitMQ

    def lines(self, process: str, event: str) -> list[dict[str, Any]]:
        """Return the log lines of a process that tell of `event`."""
        text = (self.folder / f"{process}.log").read_text()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == event]


@pytest.fixture(scope="module")
def broker() -> Iterator[RunningRabbitMQ]:
    with running_rabbitmq() as running:
        yield running


@pytest.fixture
def system(broker: RunningRabbitMQ, tmp_path: Path) -> Iterator[System]:
    laptops, port, *probes = free_ports(4)
    shared = {
        "AMQP_URL": broker.broker.url,
        "DRAIN_SECONDS": "0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
        "PORT_URL": f"http://{HOST}:{port}",
    }
    with ExitStack() as running:
        for name, http_port in (("laptops", laptops), ("port", port)):
            running.enter_context(
                process(name, name, tmp_path, {**shared, "HTTP_PORT": str(http_port)})
            )
        for name, probe in zip(("laptops", "port"), probes, strict=True):
            given = {**shared, "METRICS_PORT": str(probe)}
            running.enter_context(process(f"{name}-worker", f"{name}.worker", tmp_path, given))
        clients = [
            running.enter_context(httpx.Client(base_url=f"http://{HOST}:{number}"))
            for number in (laptops, port)
        ]
        for number in (laptops, port, *probes):
            wait_for(lambda number=number: answers(number), seconds=20)
        yield System(*clients, folder=tmp_path, environment=shared, broker=broker)


def add_laptop(system: System, ports: list[int]) -> str:
    made = system.laptops.post(
        "/laptops", json={"title": "Framework", "model": "13", "ports": ports}
    )
    assert made.status_code == 201, made.text
    return made.headers["location"]


def test_a_retired_port_leaves_the_laptops_within_a_second(system: System) -> None:
    laptop = add_laptop(system, [1, 2])
    wait_for(lambda: system.port.get("/port/2").json()["laptops"] == 1, seconds=5)

    deleted = system.port.delete("/port/2")
    assert deleted.status_code == 204
    wait_for(lambda: system.laptops.get(laptop).json()["ports"] == [1], seconds=1.0)

    trace_id = deleted.headers["traceresponse"].split("-")[1]
    wait_for(lambda: system.lines("laptops-worker", "message.process"), seconds=5)
    (line,) = system.lines("laptops-worker", "message.process")
    assert line["producer.trace_id"] == trace_id
    assert line["trace_id"] != trace_id
    assert (line["event.type"], line["outcome"]) == ("port.retired", "done")


def test_port_counts_laptops_as_they_come_and_go(system: System) -> None:
    made = [add_laptop(system, [1]) for _ in range(3)]
    wait_for(lambda: system.port.get("/port/1").json()["laptops"] == 3, seconds=5)
    system.laptops.delete(made[0])
    wait_for(lambda: system.port.get("/port/1").json()["laptops"] == 2, seconds=5)
    assert "laptops" not in system.port.get("/port").json()[0]


def test_without_the_broker_the_services_work_and_no_event_is_lost(system: System) -> None:
    system.broker.stop()
    try:
        laptop = add_laptop(system, [1, 2])
        assert system.port.delete("/port/2").status_code == 204
    finally:
        system.broker.start()
    wait_for(lambda: system.laptops.get(laptop).json()["ports"] == [1], seconds=20)
    wait_for(lambda: system.port.get("/port/1").json()["laptops"] == 1, seconds=20)
