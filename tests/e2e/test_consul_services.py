"""Both services with a real Consul: found, steered and missed."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.support.consul import RunningConsul, running_consul, settings_in
from tests.support.exactly_once import wait_for
from tests.support.rabbitmq import free_ports
from tests.support.workers import HOST, answers, process

from consulkit import Consul, ConsulSettings

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class System:
    """Two services whose replicas are in Consul. Nothing else tells laptops where port is."""

    laptops: httpx.Client
    port: httpx.Client
    folder: Path
    running: RunningConsul
    consul: Consul

    def events(self, service: str) -> list[dict[str, object]]:
        text = (self.folder / f"{service}.log").read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    laptops, port = free_ports(2)
    with ExitStack() as held:
        running = held.enter_context(running_consul(tmp_path))
        shared = {
            "CONSUL_HTTP_ADDR": running.server.url,
            "PORT_URL": "http://port.invalid",
            "DRAIN_SECONDS": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "",
        }
        for name, http_port in (("laptops", laptops), ("port", port)):
            given = {**shared, "HTTP_PORT": str(http_port)}
            held.enter_context(process(name, name, tmp_path, given))
        for number in (laptops, port):
            wait_for(lambda number=number: answers(number), seconds=20)
        clients = [
            held.enter_context(httpx.Client(base_url=f"http://{HOST}:{number}"))
            for number in (laptops, port)
        ]
        consul = Consul(ConsulSettings(consul_http_addr=running.server.url))
        held.callback(consul.close)
        for name in ("laptops", "port"):
            wait_for(lambda name=name: consul.healthy(name).value, seconds=10)
        yield System(*clients, folder=tmp_path, running=running, consul=consul)


def ports_of_a_new_laptop(system: System) -> object:
    new = {"title": "Framework", "model": "13", "ports": [1]}
    made = system.laptops.post("/laptops", json=new)
    answer = system.laptops.get(made.headers["location"], params={"include": "ports"}).json()
    assert "warnings" not in answer, answer
    return answer["included"]["ports"]


def metrics(system: System) -> str:
    return system.laptops.get("/metrics").text


def test_laptops_finds_port_through_consul_and_goes_on_without_it(system: System) -> None:
    wait_for(lambda: 'discovery_addresses{service="port"} 1.0' in metrics(system), seconds=10)
    found = ports_of_a_new_laptop(system)
    assert found == [{"id": 1, "name": "USB-C"}]
    system.running.kill()
    assert ports_of_a_new_laptop(system) == found
    wait_for(
        lambda: "discovery.stale" in [line["event"] for line in system.events("laptops")],
        seconds=10,
    )
    assert 'discovery_fresh{service="port"} 0.0' in system.laptops.get("/metrics").text


def test_a_setting_changes_what_a_running_service_does_and_a_bad_one_changes_nothing(
    system: System,
) -> None:
    def seconds() -> float:
        began = time.monotonic()
        system.port.get("/port").raise_for_status()
        return time.monotonic() - began

    assert seconds() < 0.2
    settings_in(system.consul).change("port", "supplier_latency_seconds", "0.3", by="a test")
    wait_for(lambda: seconds() > 0.3, seconds=5)

    system.consul.write({"laptop-lab/config/port/supplier_latency_seconds": "soon"})
    wait_for(
        lambda: "config.refused" in [line["event"] for line in system.events("port")], seconds=5
    )
    assert seconds() > 0.3
    settings_in(system.consul).change("port", "supplier_latency_seconds", None, by="a test")
    wait_for(lambda: seconds() < 0.2, seconds=5)

    told = system.port.get("/metrics").text
    assert "config_generation 2.0" in told
    assert 'config_refused_total{key="supplier_latency_seconds"} 1.0' in told


def test_the_log_level_changes_without_a_restart(system: System) -> None:
    settings_in(system.consul).change("port", "log_level", "error", by="a test")
    wait_for(lambda: "config_generation 1.0" in system.port.get("/metrics").text, seconds=5)
    settings_in(system.consul).change("port", "supplier_latency_seconds", "0.01", by="a test")
    wait_for(lambda: "config_generation 2.0" in system.port.get("/metrics").text, seconds=5)
    applied = [e["key"] for e in system.events("port") if e["event"] == "config.applied"]
    assert applied == ["log_level"], "the second change is quieter than an error"


def test_a_simulated_fault_is_switched_on_and_off_without_a_restart(system: System) -> None:
    def status(path: str) -> int:
        # A connection of its own: a server may close one on which it has failed.
        return httpx.get(f"{system.port.base_url}{path}").status_code

    settings_in(system.consul).change("port", "fault_error_share", "1", by="a test")
    wait_for(lambda: status("/port") == 500, seconds=5)
    assert status("/readyz") == 200
    settings_in(system.consul).change("port", "fault_error_share", "0", by="a test")
    wait_for(lambda: status("/port") == 200, seconds=5)
