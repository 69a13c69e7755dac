"""What is asked exists: every metric and label is in the telemetry contract or in a named list."""

from __future__ import annotations

import re

import pytest
import yaml
from tests.support import promql, questions

from lab.paths import OBSERVABILITY

EXPOSED = yaml.safe_load((OBSERVABILITY / "prometheus" / "exposed-by-others.yaml").read_text())
OTHERS = {
    name: labels for part in EXPOSED["parts"].values() for name, labels in part["metrics"].items()
}
ON_EVERY_TARGET = {"job", "instance"}
ALL = questions.everything()


def documented() -> set[str]:
    """Return every name in the telemetry contract; another test holds it against the code."""
    contract = OBSERVABILITY / "telemetry" / "docs" / "contract.md"
    return set(re.findall(r"`([a-z_]+)", contract.read_text()))


def known_metrics() -> set[str]:
    ours = documented()
    histograms = {f"{name}_{part}" for name in ours for part in ("bucket", "count", "sum")}
    prometheus_own = {"up", "ALERTS", "scrape_duration_seconds"}
    return ours | histograms | set(OTHERS) | questions.recorded() | prometheus_own


def known_labels(metrics: set[str]) -> set[str]:
    others = {label for name in metrics for label in OTHERS.get(name, [])}
    return documented() | ON_EVERY_TARGET | others | {"slo", "alertname", "alertstate"}


@pytest.mark.parametrize("question", ALL, ids=str)
def test_a_question_is_valid_promql(question: questions.Question) -> None:
    promql.parse(question.expr)


@pytest.mark.parametrize("question", ALL, ids=str)
def test_a_question_names_metrics_that_somebody_exposes(question: questions.Question) -> None:
    assert promql.metrics(question.expr) <= known_metrics()


@pytest.mark.parametrize("question", ALL, ids=str)
def test_a_question_names_labels_that_its_metrics_have(question: questions.Question) -> None:
    assert promql.labels(question.expr) <= known_labels(promql.metrics(question.expr))


def test_nothing_is_listed_that_nobody_asks_for() -> None:
    asked = {name for question in ALL for name in promql.metrics(question.expr)}

    assert set(OTHERS) <= asked
