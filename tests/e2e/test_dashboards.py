"""Every question of every dashboard and rule, asked of a live stack after a quick spike.

It must be accepted and answered with data. What is empty while all is well is named, with why.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest
import yaml
from tests.e2e.backends import eventually
from tests.e2e.looking import Stack
from tests.support import questions

from lab.engines.machine import endpoints_of
from lab.experiments.spike import load
from lab.experiments.spike.plan import Plan
from lab.faults.switch import Switch
from lab.paths import OBSERVABILITY, ROOT
from lab.preview import ask
from lab.preview.model import Mark, Panel, committed
from lab.preview.page import render
from lab.processes.process_compose import ProcessCompose
from lab.stack.running import RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SPIKE = Plan(
    warmup=2, baseline=10, spike=25, recovery=5, base_users=5, spike_users=60, control_users=5
)

EMPTY_WHEN_ALL_IS_WELL = {
    "Given up": "counters of losses come into being with the first loss",
    "Which alerts": "no alert fires",
    "Alerts": "no alert fires",
    "Settings changed": "this stack runs without Consul",
}
"""Panels and marks; an alert's own expression is empty too until something is wrong."""

OPTIONAL = ("messaging", "lab-consul", "message.process", '"events.', '"config.', '"discovery.')
"""Words of what `lab up --with` adds; test_events_lab.py asks it of such a stack."""


def optional(question: str) -> bool:
    """Whether a question is about what a plain stack does not have."""
    return any(word in question for word in OPTIONAL)


PANELS = [
    (board.uid, panel)
    for board in committed()
    for panel in board.panels
    if panel.kind != "row" and panel.targets[0].source == "prometheus" and not optional(board.uid)
]
MARKS = committed()[0].marks  # the same on every dashboard
SEARCHES = (ROOT / "docs" / "searches.md").read_text()


@pytest.fixture(scope="module")
def stack(breakable_stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack after a spike at laptops during which some requests failed."""
    stack, folder = Stack(breakable_stack), tmp_path_factory.mktemp("spike")
    visit(stack)
    layout = breakable_stack.layout
    with ProcessCompose(layout.socket) as supervisor:
        switch = Switch(layout.faults, supervisor)
        switch.break_("error-burst")
        with load.running(SPIKE, endpoints_of(breakable_stack), folder) as locust:
            assert locust.wait(SPIKE.seconds + 60) == 0, (folder / "locust.log").read_text()
        switch.fix()
        switch.break_("slow-supplier")
        eventually(lambda: seconds_of(f"{stack.urls.laptops}/laptops"), until=lambda s: s > 0.5)
        switch.fix()
    return stack


def visit(stack: Stack) -> None:
    """Ask what no user of the spike asks: for a laptop with its ports, and for one that is not."""
    with httpx.Client(base_url=stack.urls.laptops, timeout=10) as client:
        new = {"title": "Framework", "model": "13", "ports": [1]}
        place = client.post("/laptops", json=new).headers["location"]
        client.get(place, params={"include": "ports"}).raise_for_status()
        assert client.get("/laptops/404").status_code == 404


def seconds_of(url: str) -> float:
    """Return how long one request takes."""
    return httpx.get(url, timeout=10).elapsed.total_seconds()


@pytest.mark.parametrize(
    "panel", [p for _, p in PANELS], ids=[f"{uid}: {p.title}" for uid, p in PANELS]
)
def test_a_panel_has_data(panel: Panel, stack: Stack) -> None:
    window = stack.window(300)

    found = [
        series
        for target in panel.targets
        for series in ask.series(stack.live(), target.expr, window)
    ]

    assert found or panel.title in EMPTY_WHEN_ALL_IS_WELL


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.name)
def test_a_mark_stands_where_something_happened(mark: Mark, stack: Stack) -> None:
    found = eventually(lambda: ask.series(stack.live(), mark.expr, stack.window(300)), seconds=60)

    assert found or mark.name in EMPTY_WHEN_ALL_IS_WELL


@pytest.mark.parametrize("variable", list(questions.of_variables()), ids=str)
def test_a_variable_has_values(variable: questions.Question, stack: Stack) -> None:
    assert ask.latest(stack.live(), variable.expr, stack.window(300))


def test_every_rule_is_evaluated_without_an_error(stack: Stack) -> None:
    answer = httpx.get(f"{stack.urls.prometheus}/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in answer for rule in group["rules"]]

    assert len(rules) == len(questions.rules())
    assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []


@pytest.mark.parametrize("name", sorted(questions.recorded()))
def test_a_recording_rule_has_data(name: str, stack: Stack) -> None:
    assert eventually(lambda: ask.series(stack.live(), name, stack.window(300)))


def test_what_others_expose_is_what_the_list_says(stack: Stack) -> None:
    parts = yaml.safe_load((OBSERVABILITY / "prometheus" / "exposed-by-others.yaml").read_text())
    wrong = {
        metric: labels
        for part in parts["parts"].values()
        if not part.get("optional") and not part.get("with_consul")
        for metric, labels in part["metrics"].items()
        if metric not in part.get("only_after_a_loss", []) and not _exposed(stack, metric, labels)
    }

    assert wrong == {}


def _exposed(stack: Stack, metric: str, labels: list[str]) -> bool:
    found = ask.series(stack.live(), metric, stack.window(300))
    return bool(found) and all(set(labels) <= set(each.labels) for each in found[:1])


def test_an_exemplar_of_the_duration_panel_leads_to_its_trace_and_its_log_line(
    stack: Stack,
) -> None:
    target = next(t for _, p in PANELS if p.title == "Duration" for t in p.targets if t.exemplars)
    dots = ask.exemplars(stack.live(), target.expr, stack.window(300))
    trace_id = dots[-1].trace_id

    trace = httpx.get(f"{stack.urls.jaeger}/api/traces/{trace_id}").json()["data"][0]
    assert "laptops" in {process["serviceName"] for process in trace["processes"].values()}
    assert stack.lines(f'trace_id:="{trace_id}"', time.time() - 600)


def blocks(language: str) -> list[str]:
    documents = [SEARCHES, *(p.read_text() for p in (ROOT / "docs" / "runbooks").glob("*.md"))]
    found = re.findall(rf"```{language}\n(.*?)```", "\n".join(documents), re.DOTALL)
    return sorted({block.strip() for block in found if not optional(block)})


def filled(search: str, stack: Stack) -> str:
    """Put real ids and the time in the place of a search's words in capitals."""
    trace = stack.traces("laptops", time.time() - 600)[0]
    ids = {
        tag["value"]
        for process in trace["processes"].values()
        for tag in process["tags"]
        if tag["key"] == "service.instance.id" and process["serviceName"] == "laptops"
    }
    search = search.replace("TRACE_ID", trace["traceID"]).replace("INSTANCE_ID", ids.pop())
    return search.replace("NOW_MS", f"{time.time() * 1000:.0f}")


SEEN_IN_FAULTS = '"503"'
"""A search for what is there only while a service is down: test_faults.py finds it."""


@pytest.mark.parametrize(
    "search", [search for search in blocks("jaeger") if SEEN_IN_FAULTS not in search]
)
def test_a_documented_search_of_traces_finds_some(search: str, stack: Stack) -> None:
    answer = httpx.get(stack.urls.jaeger + filled(search, stack), timeout=20)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.get("data") or body.get("metrics")


@pytest.mark.parametrize("query", blocks("logsql"))
def test_a_documented_search_of_logs_finds_some(query: str, stack: Stack) -> None:
    asked = filled(query, stack)

    assert eventually(lambda: stack.lines(asked, time.time() - 600))


@pytest.mark.parametrize("query", blocks("promql"))
def test_a_documented_question_about_metrics_is_answered(query: str, stack: Stack) -> None:
    found = ask.series(stack.live(), query, stack.window(300))

    assert found or query == "ALERTS"


def test_jaeger_knows_who_calls_whom(stack: Stack) -> None:
    params = {"endTs": f"{time.time() * 1000:.0f}", "lookback": "3600000"}
    links = httpx.get(f"{stack.urls.jaeger}/api/dependencies", params=params).json()["data"]

    assert {("gateway", "laptops"), ("gateway", "port")} <= {
        (link["parent"], link["child"]) for link in links
    }


def test_the_preview_draws_every_dashboard(stack: Stack, tmp_path: Path) -> None:
    html = render(committed(), stack.live(), 300)

    assert "does not answer" not in html.replace("Prometheus does not answer", "")
    assert "refuses" not in re.findall(r'class="note">(.*?)<', html)
