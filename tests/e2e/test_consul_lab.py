"""The whole lab with Consul: the gateway follows it, and a change of settings leaves its marks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from tests.e2e.backends import eventually, exactly
from tests.e2e.conftest import free_ports
from tests.e2e.looking import Stack
from tests.e2e.otlp import Reader
from tests.support.consul import settings_in

from consulkit import Address, Consul, ConsulError, ConsulSettings
from lab import stack
from lab.preview import ask
from lab.preview.model import committed
from lab.programs.consul import program
from lab.stack import extras
from lab.stack.options import Options
from lab.stack.running import RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

BOTH = {"gateway", "laptops"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    if program() is None:
        pytest.skip("Consul is not here")
    state = tmp_path_factory.mktemp("consul-lab")
    running = stack.up(Options(state=state, ports=free_ports(), extras=("consul",)))
    yield running
    running.down()


@pytest.fixture
def consul(running: RunningStack) -> Iterator[Consul]:
    consul = Consul(ConsulSettings(consul_http_addr=extras.consul(running.ports).url))
    yield consul
    consul.close()


@pytest.fixture(scope="module")
def lab(running: RunningStack) -> Stack:
    return Stack(running)


def servers(running: RunningStack, service: str) -> set[str]:
    """Return where the gateway sends a service's requests."""
    url = f"{running.urls.gateway_internal}/api/http/services/{service}@consulcatalog"
    answer = httpx.get(url)
    found = answer.json()["loadBalancer"]["servers"] if answer.is_success else []
    return {each["url"] for each in found}


@dataclass
class Askers:
    """Clients that ask laptops one request after another, and what went wrong."""

    url: str
    failed: list[int | str] = field(default_factory=list)

    @contextmanager
    def asking(self, count: int) -> Iterator[None]:
        """Ask with `count` clients, about five requests a second each, while the block runs."""
        stop = Event()
        threads = [Thread(target=self._ask, args=(stop,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, stop: Event) -> None:
        with httpx.Client(base_url=self.url, timeout=10) as client:
            while not stop.is_set():
                try:
                    status = client.get("/laptops").status_code
                except httpx.HTTPError as error:
                    self.failed.append(type(error).__name__)
                else:
                    self.failed.extend([status] if status != httpx.codes.OK else [])


def test_the_gateway_follows_replicas_that_come_and_drain_and_no_request_fails(
    running: RunningStack,
) -> None:
    askers = Askers(running.urls.laptops)
    with askers.asking(10):  # more than one replica is to take
        grown = eventually(
            lambda: servers(running, "laptops"), until=lambda found: len(found) > 1, seconds=60
        )
    with askers.asking(1):
        shrunk = eventually(
            lambda: servers(running, "laptops"), until=lambda found: len(found) == 1, seconds=90
        )
    assert len(grown) > 1
    assert len(shrunk) == 1
    assert askers.failed == []


def test_no_request_fails_while_consul_is_killed_and_starts_with_an_empty_memory(
    running: RunningStack, consul: Consul
) -> None:
    askers = Askers(running.urls.laptops)
    killed = running.processes()["consul"].pid
    with askers.asking(2):
        os.kill(killed, signal.SIGKILL)

        def back() -> bool:
            again = running.processes()["consul"].pid not in {0, killed}
            return again and bool(healthy(consul, "laptops")) and bool(servers(running, "laptops"))

        assert eventually(back)
    assert askers.failed == []


def healthy(consul: Consul, service: str) -> list[Address]:
    """Return whom Consul knows; nobody while it is away."""
    try:
        return consul.healthy(service).value
    except ConsulError:
        return []


def test_probes_and_metrics_stay_inside(running: RunningStack) -> None:
    for path in ("/metrics", "/readyz", "/healthz"):
        assert httpx.get(f"{running.urls.laptops}{path}").status_code == 404


def in_share(trace_id: bytes, percent: float) -> bool:
    """As the collector decides: by the random end of the id."""
    return int.from_bytes(trace_id[12:]) / 0x1_0000_0000 * 100 < percent


def ask_for_one(client: httpx.Client, count: int) -> list[bytes]:
    """Ask for a laptop, as nobody else here does; return the requests' traces."""
    answers = [client.get("/laptops/1").raise_for_status() for _ in range(count)]
    return [bytes.fromhex(answer.headers["traceresponse"].split("-")[1]) for answer in answers]


def change_both(consul: Consul, key: str, value: str) -> None:
    for service in ("laptops", "port"):
        settings_in(consul).change(service, key, value, by="a test")


def test_the_share_of_traces_changes_under_load_and_every_request_is_counted(
    running: RunningStack, lab: Stack, consul: Consul
) -> None:
    """Those in both the old share and the new are kept whole, whenever they came."""
    read, began = Reader(running.urls), time.time()

    def told() -> set[str]:
        query = 'event_name:="config.applied" key:="traces_sampled_percent"'
        return {line["service.name"] for line in lab.lines(query, began)}

    change_both(consul, "supplier_latency_seconds", "0")  # no trace is kept for being slow
    with httpx.Client(base_url=running.urls.laptops, timeout=10) as client:
        early = ask_for_one(client, 50)
        change_both(consul, "traces_sampled_percent", "20")
        early += ask_for_one(client, 150)
        assert eventually(told, until=lambda services: services == {"laptops", "port"})
        late = ask_for_one(client, 200)

    def whole() -> set[bytes]:
        found = {trace_id: read.trace(trace_id) for trace_id in wanted}
        return {trace_id for trace_id, trace in found.items() if trace and parts(trace) == BOTH}

    wanted = {trace_id for trace_id in early + late if in_share(trace_id, 20)}
    assert eventually(whole, until=lambda found: found == wanted) == wanted
    assert read.kept(set(late) - wanted) == set()
    count = (
        'sum(traces_span_metrics_calls_total{service_name="laptops", '
        'span_kind="SPAN_KIND_SERVER", http_route=~"/laptops/.+"})'
    )
    assert exactly(lambda: read.metric(count), 400) == 400


def parts(trace: dict[str, Any]) -> set[str]:
    """Return the services that a trace goes through."""
    return {process["serviceName"] for process in trace["processes"].values()}


def test_a_change_of_settings_is_a_log_line_a_metric_and_a_mark(lab: Stack, consul: Consul) -> None:
    began = time.time()
    settings_in(consul).change("port", "supplier_latency_seconds", "0.3", by="a test")
    applied = eventually(lambda: lab.lines('event_name:="config.applied"', began))
    assert (applied[0]["key"], applied[0]["new"]) == ("supplier_latency_seconds", "0.3")
    mark = next(mark for mark in committed()[0].marks if mark.name == "Settings changed")
    assert eventually(lambda: ask.series(lab.live(), mark.expr, lab.window(60)))
