"""The documents show the committed results, and say first where a goal is missed."""

import json
from pathlib import Path
from typing import Any

import pytest
from bench.tables import DOCUMENTS, OVERHEAD, PART, PARTS, written

from bench import layout
from lab.paths import ROOT


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_shows_what_the_committed_results_say(document: Path) -> None:
    text = document.read_text()
    assert PART.search(text)
    assert written(text) == text


def test_every_part_stands_in_a_document() -> None:
    text = "".join(document.read_text() for document in DOCUMENTS)
    assert {name for _, name, _ in PART.findall(text)} == set(PARTS)


def test_the_committed_results_hold_every_round_and_the_machine() -> None:
    results = json.loads(OVERHEAD.read_text())
    conditions = results.pop("_")
    assert {"cpu", "kernel", "python", "versions", "load_average_before"} <= set(conditions)
    counts = {len(told["rounds"]) for case in results.values() for told in case.values()}
    assert counts == {conditions["rounds"]}


def committed() -> dict[str, Any]:
    results: dict[str, Any] = json.loads(OVERHEAD.read_text())
    return {case: variants for case, variants in results.items() if case != "_"}


@pytest.mark.parametrize("variant", ["contrib", "lean"])
def test_the_committed_run_has_one_span_and_one_line_of_each_request(variant: str) -> None:
    arrived = [variants[variant]["arrived"] for variants in committed().values()]
    assert arrived
    assert [wrong for told in arrived for wrong in told.values() if wrong] == []


def test_in_the_committed_run_lean_costs_less_than_every_other_telemetry() -> None:
    cheaper = {
        (case, name)
        for case, variants in committed().items()
        for name, told in variants.items()
        if not name.startswith("bare") and told["cpu_ratio"] < variants["lean"]["cpu_ratio"]
    }
    assert cheaper == set()


def lean(rps: float, cpu: float) -> dict[str, Any]:
    return {"lean": {"rps_ratio": rps, "cpu_ratio": cpu, "baseline": "bare"}}


@pytest.mark.parametrize(("rps", "cpu"), [(0.89, 1.05), (0.95, 1.11)])
def test_a_missed_goal_is_named_before_those_that_are_held(rps: float, cpu: float) -> None:
    said = layout.goals({"uvicorn small": lean(rps, cpu), "uvicorn real": lean(0.95, 1.05)})
    missed, held = said.splitlines()
    assert "uvicorn, small" in missed
    assert "uvicorn, real" in held
