"""Each fault is seen in every signal that docs/faults.md names, and in no other alert."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.e2e.backends import eventually
from tests.e2e.looking import Stack, light_load
from tests.support import questions

from lab.faults.catalog import FAULTS
from lab.faults.switch import Switch
from lab.processes.process_compose import ProcessCompose
from lab.stack.running import RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

WINDOW_SECONDS = 60
"""The rules look back over this."""
WATCH_SECONDS = 120
"""How long a fault stays: the window, and the longest `for` of an alert that is not in LATER."""
CALM_SECONDS = 150
LATER = {
    "ErrorBudgetBurnsFast": "the same failure, seen from the objectives: it may follow",
    "ErrorBudgetBurnsSlowly": "takes a quarter of an hour",
    "ScalerAtMaximum": "takes five minutes; this load scales nothing",
    "EventsQueueGrows": "about a broker, which this stack runs without",
}


@dataclass(frozen=True)
class Evidence:
    """What docs/faults.md promises. `panel` is dashboard, title and service; `fails` is the service
    whose callers are answered with errors."""

    alert: tuple[str, str]
    panel: tuple[str, str, str]
    shows: Callable[[dict[str, float]], bool]
    search: dict[str, str]
    tells: Callable[[dict[str, Any]], bool]
    log: str = ""
    fails: str = ""


def _longest(trace: dict[str, Any]) -> str:
    """Name the longest span that has no child: where the time went."""
    parents = {ref["spanID"] for span in trace["spans"] for ref in span["references"]}
    leaves = [span for span in trace["spans"] if span["spanID"] not in parents]
    return str(max(leaves, key=lambda span: span["duration"])["operationName"])


def _exceptions(trace: dict[str, Any]) -> set[str]:
    return {
        str(field["value"])
        for span in trace["spans"]
        for log in span["logs"]
        for field in log["fields"]
        if field["key"] == "exception.type"
    }


EVIDENCE = {
    "port-down": Evidence(
        alert=("ServiceDown", "port"),
        panel=("lab-overview", "Replicas that answer", ""),
        shows=lambda v: v.get("port", 0) == 0 and v["laptops"] >= 1,
        search={"service": "gateway", "tags": '{"http.response.status_code":"503"}'},
        tells=lambda trace: {p["serviceName"] for p in trace["processes"].values()} == {"gateway"},
        fails="port",
    ),
    "slow-supplier": Evidence(
        alert=("HighLatency", "laptops"),
        panel=("lab-service", "Duration of inner steps, 95th percentile", "laptops"),
        shows=lambda v: v["simulated supplier"] > 0.5 and _statements(v) < 0.1,
        search={"service": "laptops", "minDuration": "500ms"},
        tells=lambda trace: _longest(trace) == "simulated supplier",
        log='"service.name":="laptops" duration_s:>0.8 "http.response.status_code":=200',
    ),
    "error-burst": Evidence(
        alert=("HighErrorRatio", "laptops"),
        panel=("lab-service", "Errors by route", "laptops"),
        shows=lambda v: 0.1 < max(v.values()) < 0.6,
        search={"service": "laptops", "tags": '{"http.response.status_code":"500"}'},
        tells=lambda trace: any("SimulatedFailureError" in e for e in _exceptions(trace)),
        log='"service.name":="laptops" "http.response.status_code":=500 "error.type":Simulated*',
        fails="laptops",
    ),
    "collector-down": Evidence(
        alert=("CollectorDown", "otel-collector"),
        panel=("lab-pipeline", "Waiting in the services", ""),
        shows=lambda v: v["laptops traces"] > 0 and v["port logs"] > 0,
        search={},
        tells=bool,
    ),
    "slow-database": Evidence(
        alert=("HighLatency", "port"),
        panel=("lab-service", "Duration of inner steps, 95th percentile", "port"),
        shows=lambda v: _statements(v) > 0.5 and v["simulated supplier"] < 0.3,
        search={"service": "port", "minDuration": "500ms"},
        tells=lambda trace: _longest(trace).startswith("SELECT"),
        log='"service.name":="port" duration_s:>0.6 "http.response.status_code":=200',
    ),
}


def _statements(values: dict[str, float]) -> float:
    return max(value for name, value in values.items() if name.startswith("SELECT"))


@pytest.fixture(scope="module")
def stack(breakable_stack: RunningStack) -> Iterator[Stack]:
    stack = Stack(breakable_stack)
    with light_load(stack):
        yield stack


@pytest.fixture
def switch(breakable_stack: RunningStack) -> Iterator[Switch]:
    layout = breakable_stack.layout
    with ProcessCompose(layout.socket) as supervisor:
        switch = Switch(layout.faults, supervisor)
        yield switch
        switch.fix()


def symptoms(stack: Stack) -> set[tuple[str, str]]:
    return {alert for alert in stack.firing() if alert[0] not in LATER}


def all_symptoms(stack: Stack) -> set[tuple[str, str]]:
    """Watch for as long as alerts may take; return every one that fired at some moment."""
    fired: set[tuple[str, str]] = set()

    def more_than_one() -> bool:
        fired.update(symptoms(stack))
        return len(fired) > 1

    eventually(more_than_one, seconds=WATCH_SECONDS)
    return fired


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_in_every_signal_and_fires_no_other_alert(
    fault: str, stack: Stack, switch: Switch
) -> None:
    evidence = EVIDENCE[fault]
    board, title, service = evidence.panel
    assert not eventually(lambda: symptoms(stack), until=lambda s: not s, seconds=CALM_SECONDS)

    since = time.time()
    switch.break_(fault)

    assert all_symptoms(stack) == {evidence.alert}
    assert evidence.shows(stack.panel(board, title, service=service))
    seen = stack.panel("lab-overview", "Errors that callers saw", service="")
    assert {name for name, share in seen.items() if share > 0.01} == {evidence.fails} - {""}
    if evidence.search:
        found = eventually(lambda: stack.traces(since=since, **evidence.search))
        assert evidence.tells(found[0])
    if evidence.log:
        assert eventually(lambda: stack.lines(evidence.log, since))


def test_what_the_services_kept_arrives_when_the_collector_is_back(
    stack: Stack, switch: Switch
) -> None:
    switch.break_("collector-down")
    answer = httpx.get(f"{stack.urls.laptops}/laptops", timeout=5)
    trace = answer.headers["traceresponse"].split("-")[1]
    switch.fix()

    assert answer.status_code == 200
    assert eventually(lambda: stack.lines(f'trace_id:="{trace}"', time.time() - 300))


def test_laptops_answers_with_a_warning_while_port_is_down(stack: Stack, switch: Switch) -> None:
    with httpx.Client(base_url=stack.urls.laptops, timeout=10) as client:
        new = {"title": "Framework", "model": "13", "ports": [1]}
        place = client.post("/laptops", json=new).headers["location"]
        switch.break_("port-down")
        answer = client.get(place, params={"include": "ports"})

    assert answer.status_code == 200
    assert answer.json()["warnings"]


def test_alerts_that_take_longer_than_a_fault_is_watched_are_named() -> None:
    minutes = {alert["alert"]: float(alert["for"][:-1]) for alert in questions.alerts()
               if alert["for"].endswith("m")}  # fmt: skip
    late = {name for name, each in minutes.items() if each * 60 + WINDOW_SECONDS > WATCH_SECONDS}
    assert late == set(LATER)


def test_every_fault_of_the_catalogue_is_documented_and_proven() -> None:
    assert set(EVIDENCE) == set(FAULTS)
