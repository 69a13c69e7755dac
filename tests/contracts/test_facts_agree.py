"""Facts that are named in more than one place are the same in each."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from tests.support.exposed import exposed, named

import laptops.settings
import laptops.worker
import port.settings
import port.worker
from events import asyncapi
from events.schemas import CATALOGUE
from lab import facts
from lab.experiments.spike.plan import Plan, quick
from lab.paths import OBSERVABILITY, ROOT
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack import gateway
from threesignals import names

LAB = ROOT / "lab" / "src" / "lab"
WORKERS = {"laptops": laptops.worker, "port": port.worker}
ONCE = {
    facts.HOST,
    facts.LOOPBACK,
    *facts.WORKERS,
    *facts.QUEUES,
    *map(facts.deployment, facts.SERVICES),
    *facts.PORTS.values(),
}
"""What no other module of the lab may spell out."""


def constants(path: Path) -> Iterator[object]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Tuple | ast.List):
            yield tuple(each.value for each in node.elts if isinstance(each, ast.Constant))


def test_a_fact_of_the_lab_is_spelled_out_in_one_module() -> None:
    """Numbers that are no ports may be equal to one, so only whole values are looked for."""
    for path in set(LAB.rglob("*.py")) - {LAB / "facts.py"}:
        found = [each for each in constants(path) if each in ONCE or each == facts.SERVICES]
        assert found == [], path


@pytest.mark.parametrize("service", facts.SERVICES)
def test_a_service_listens_where_the_lab_looks_for_it(service: facts.Service) -> None:
    settings = {"laptops": laptops.settings.Settings, "port": port.settings.Settings}[service]
    assert settings().http_port == facts.PORTS[service]


def test_laptops_asks_port_where_it_is() -> None:
    there = f"{facts.LOOPBACK}:{facts.PORTS['port']}"
    assert laptops.settings.Settings().port_url == there


def test_locust_asks_the_services_where_they_are() -> None:
    options = (ROOT / "loadtests" / "options.py").read_text()
    for service, number in facts.PORTS.items():
        assert f'"--{service}-host", default="{facts.LOOPBACK}:{number}"' in options


def test_the_workers_have_the_names_and_queues_that_the_lab_asks_for() -> None:
    assert tuple(worker.NAME for worker in WORKERS.values()) == facts.WORKERS
    assert tuple(worker.SUBSCRIPTION.queue for worker in WORKERS.values()) == facts.QUEUES


@pytest.mark.parametrize("service", WORKERS)
def test_the_events_document_says_what_each_worker_takes(service: str) -> None:
    keys = {CATALOGUE_BY_TYPE[kind] for kind in asyncapi.CONSUMERS[service]}
    assert keys == set(WORKERS[service].SUBSCRIPTION.routing_keys)


CATALOGUE_BY_TYPE = {model.type: model.routing_key() for model in CATALOGUE.values()}


@pytest.mark.parametrize("service", WORKERS)
def test_the_events_document_says_what_each_service_records(service: str) -> None:
    store = (ROOT / f"services/{service}/src/{service}/store.py").read_text()
    recorded = re.findall(r"record\((?:_as\()?(\w+)", store)
    types = {model.__name__: model.type for model in CATALOGUE.values()}
    assert {types[name] for name in recorded} == set(asyncapi.PRODUCERS[service])


def test_gateway_and_collector_measure_in_the_services_buckets() -> None:
    traefik = gateway.static(Ports(), Layout(Path("/state")))["metrics"]["prometheus"]["buckets"]
    assert tuple(traefik) == names.DURATION_BUCKETS
    collector = yaml.safe_load((OBSERVABILITY / "otel-collector" / "collector.yaml").read_text())
    spans = collector["connectors"]["span_metrics"]["histogram"]["explicit"]["buckets"]
    assert tuple(seconds(each) for each in spans) == names.DURATION_BUCKETS


def seconds(duration: str) -> float:
    """Read Go's `5ms` and `1s`."""
    number, unit = re.fullmatch(r"([\d.]+)(ms|s)", duration).groups()  # type: ignore[union-attr]
    return float(number) / (1000 if unit == "ms" else 1)


def test_an_experiment_asks_for_metrics_that_somebody_exposes() -> None:
    asked = {
        name
        for path in (LAB / "experiments").rglob("*.py")
        for text in constants(path)
        if isinstance(text, str)
        for name in named(text)
    }
    assert len(asked) > 5
    assert asked - exposed() == set()


def test_locust_alone_runs_the_phases_and_users_of_the_plan() -> None:
    options = (ROOT / "loadtests" / "options.py").read_text()
    added = re.findall(r'"--([a-z-]+)", type=(?:float|int), default=([\d.]+), help', options)
    defaults = {name.removesuffix("-seconds").replace("-", "_"): float(n) for name, n in added}
    planned = {name: value for name, value in asdict(Plan()).items() if name in defaults}
    assert len(planned) == 8
    assert planned == {name: defaults[name] for name in planned}


@pytest.mark.parametrize(("column", "plan"), [(0, Plan()), (1, quick(Plan()))])
def test_the_document_has_the_phases_and_users_of_the_plan(column: int, plan: Plan) -> None:
    text = (ROOT / "docs" / "experiments.md").read_text()
    rows = re.findall(r"^\| ([a-z-]+) \| (\d+) s \| (\d+) s \| (\d+) \| (\d+) \|", text, re.M)
    users = {"spike": plan.spike_users}
    assert [
        (phase, int(seconds[column]), int(target), int(control))
        for phase, *seconds, target, control in rows
    ] == [
        (phase, seconds, users.get(phase, plan.base_users), plan.control_users)
        for phase, seconds in (
            ("warm-up", plan.warmup),
            ("baseline", plan.baseline),
            ("spike", plan.spike),
            ("recovery", plan.recovery),
        )
    ]
