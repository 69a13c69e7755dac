"""The lab with RabbitMQ and Consul: linked traces, every panel filled, every search answered."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.e2e.backends import eventually
from tests.e2e.conftest import free_ports
from tests.e2e.looking import Stack
from tests.support import questions
from tests.support.consul import settings_in

from chassis.knobs import ROOT as CONSUL_ROOT
from consulkit import Consul, ConsulSettings
from consulkit.config import path
from lab import stack
from lab.paths import OBSERVABILITY, ROOT
from lab.preview import ask
from lab.preview.model import Panel, committed
from lab.processes.ports import Ports
from lab.programs.consul import program
from lab.programs.rabbitmq import scripts
from lab.stack import extras
from lab.stack.options import Options

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("events-lab")]

PANELS = [
    panel
    for board in committed()
    for panel in board.panels
    if board.uid in {"lab-messaging", "lab-consul"} and panel.kind != "row"
]
RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("Events*.md"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with both options, in which one setting has changed and one was refused."""
    if scripts() is None or program() is None:
        pytest.skip("RabbitMQ or Consul is not here")
    running = stack.up(
        Options(
            state=tmp_path_factory.mktemp("events-lab"),
            ports=free_ports(),
            extras=("rabbitmq", "consul"),
            worker_latency_seconds=0,
        )
    )
    try:
        with following(running.ports) as consul:
            settings_in(consul).change("port", "log_level", "warning", by="a test")
            consul.write({f"{path(CONSUL_ROOT, 'port')}colour": "blue"})
        yield Stack(running)
    finally:
        running.down()


def following(ports: Ports) -> closing[Consul]:
    return closing(Consul(ConsulSettings(consul_http_addr=extras.consul(ports).url)))


@pytest.fixture(scope="module")
def ready(lab: Stack) -> float:
    """When all was up: before, workers that wait for their broker say so."""
    return time.time()


@pytest.fixture(scope="module")
def retired(lab: Stack, ready: float) -> httpx.Response:
    """The answer to the deletion of a port that a laptop has."""
    with httpx.Client(timeout=10) as client:
        new = {"title": "Framework", "model": "13", "ports": [1, 2]}
        made = client.post(f"{lab.urls.laptops}/laptops", json=new)
        laptop = f"{lab.urls.laptops}{made.headers['location']}"
        assert eventually(lambda: client.get(f"{lab.urls.port}/port/2").json()["laptops"] == 1)
        answer = client.delete(f"{lab.urls.port}/port/2")
        began = time.monotonic()
        assert eventually(lambda: client.get(laptop).json()["ports"] == [1])
        assert time.monotonic() - began < 1.0
    return answer


def test_jaeger_shows_the_two_linked_traces(lab: Stack, retired: httpx.Response) -> None:
    trace_id = retired.headers["traceresponse"].split("-")[1]

    def processed() -> list[dict[str, Any]]:
        found = [s for t in lab.traces("laptops-worker", time.time() - 300) for s in t["spans"]]
        return [s for s in found if s["operationName"].startswith("process events:port.retired")]

    (span,) = eventually(processed)
    (link,) = span["references"]
    assert (link["refType"], link["traceID"]) == ("FOLLOWS_FROM", trace_id)
    assert span["traceID"] != trace_id
    request = httpx.get(f"{lab.urls.jaeger}/api/traces/{trace_id}").json()["data"][0]
    created = next(s for s in request["spans"] if s["operationName"].startswith("create events:"))
    assert link["spanID"] == created["spanID"]


@pytest.mark.parametrize("panel", PANELS, ids=[panel.title for panel in PANELS])
def test_a_panel_has_data(panel: Panel, lab: Stack, retired: httpx.Response) -> None:
    def found() -> list[ask.Series]:
        window = lab.window(120)
        return [s for t in panel.targets for s in ask.series(lab.live(), t.expr, window)]

    assert eventually(found)


def test_what_the_broker_and_the_workers_expose_is_what_the_list_says(
    lab: Stack, retired: httpx.Response
) -> None:
    parts = yaml.safe_load((OBSERVABILITY / "prometheus" / "exposed-by-others.yaml").read_text())
    optional = [part["metrics"] for part in parts["parts"].values() if part.get("optional")]
    for metric, labels in ((m, ls) for metrics in optional for m, ls in metrics.items()):
        series = eventually(lambda m=metric: ask.series(lab.live(), m, lab.window(120)))
        assert series, metric
        # A label without a value is none to Prometheus, and nothing has failed here.
        assert set(labels) - {"error_type"} <= set(series[0].labels), metric


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=[path.stem for path in RUNBOOKS])
def test_a_runbooks_search_is_understood(
    runbook: Path, lab: Stack, ready: float, retired: httpx.Response
) -> None:
    queries = re.findall(r"```logsql\n(.*?)```", runbook.read_text(), re.DOTALL)
    assert queries
    for query in queries:
        lines = eventually(lambda q=query: lab.lines(q.strip(), ready), seconds=10)
        assert bool(lines) is _happened(query), query


def _happened(query: str) -> bool:
    """Whether a query is about what happens while all is well: messages that are processed."""
    return "message.process" in query and '"dead"' not in query


def test_no_alert_fires_while_all_is_well(lab: Stack, retired: httpx.Response) -> None:
    ours = {alert["alert"] for alert in questions.alerts() if alert["alert"].startswith("Events")}
    assert len(ours) == 4
    assert not {name for name, _ in lab.firing()} & ours


def test_a_worker_follows_its_services_settings(lab: Stack, retired: httpx.Response) -> None:
    began = time.time()
    with following(lab.ports) as consul:
        settings_in(consul).change("laptops", "traces_sampled_percent", "50", by="a test")

    def told() -> set[str]:
        lines = lab.lines('event_name:="config.applied"', began)
        return {line["service.name"] for line in lines if line["new"] == "50"}

    followers = {"laptops", "laptops-worker"}
    assert eventually(told, until=lambda found: found == followers) == followers
