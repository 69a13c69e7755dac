"""The rules: checked and tested by promtool, and each alert has what a person needs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support import questions

from lab.paths import OBSERVABILITY, ROOT
from lab.toolchain import find
from lab.toolchain.components import PROMTOOL

HOME = OBSERVABILITY / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
EVERY_ALERT = pytest.mark.parametrize("alert", questions.alerts(), ids=lambda alert: alert["alert"])
PARTS = ("## Look at", "## Over when", "```logsql", "searches.md", "Dashboard")


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = find(PROMTOOL)
    if program is None:
        pytest.skip("promtool is not built; `make backends` builds it")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.e2e
def test_promtool_accepts_every_rule() -> None:
    done = promtool(
        "check", "rules", "--lint=all", "--lint-fatal", *sorted(HOME.glob("rules/*.yaml"))
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("file", sorted(HOME.glob("tests/*.yaml")), ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file: Path) -> None:
    done = promtool("test", "rules", file)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested() -> None:
    tests = "".join(file.read_text() for file in HOME.glob("tests/*.yaml"))

    assert [
        a["alert"] for a in questions.alerts() if f'alertname="{a["alert"]}"' not in tests
    ] == []


@EVERY_ALERT
def test_an_alert_says_what_happens_and_how_urgent_it_is(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["for"]
    assert len(alert["annotations"]["summary"]) > 10
    assert alert["annotations"]["description"].endswith(".")


@EVERY_ALERT
def test_an_alert_has_a_runbook_that_names_dashboard_logs_and_traces(alert: dict[str, Any]) -> None:
    runbook = ROOT / alert["annotations"]["runbook_url"]

    assert runbook == RUNBOOKS / f"{alert['alert']}.md"
    assert [part for part in PARTS if part not in runbook.read_text()] == []


def test_a_runbook_without_an_alert_is_left_over() -> None:
    names = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}

    assert names == {alert["alert"] for alert in questions.alerts()}


def test_a_severity_in_the_list_of_runbooks_is_the_alerts() -> None:
    text = (RUNBOOKS / "README.md").read_text()

    for alert in questions.alerts():
        assert (
            f"| [{alert['alert']}]({alert['alert']}.md) | {alert['labels']['severity']} |" in text
        )


def test_rule_files_are_the_ones_that_prometheus_loads() -> None:
    config = yaml.safe_load((HOME / "prometheus.yaml").read_text())

    assert config["rule_files"] == ["rules/*.yaml"]
