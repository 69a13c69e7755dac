"""The experiment with events, run as a person runs it."""

from pathlib import Path

import pytest
from rich.console import Console
from tests.e2e.conftest import free_ports

from lab import stack
from lab.commands import experiment
from lab.experiments.burst.plan import TARGET
from lab.experiments.burst.verdict import Verdict
from lab.experiments.measure.experiment import Choices
from lab.processes.ports import Ports
from lab.programs.rabbitmq import scripts
from lab.report import folder as reports

pytestmark = [pytest.mark.e2e, pytest.mark.quiet, pytest.mark.timeout(300)]


def test_a_burst_scales_its_worker_alone_and_every_event_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if scripts() is None:
        pytest.skip("RabbitMQ is not installed")
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("LAB_REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.setenv("LAB_PORT_OFFSET", str(free_ports().laptops - Ports().laptops))
    choices, console = Choices(quick=True), Console(stderr=True)
    verdict = experiment.run("events", choices=choices, console=console)
    assert isinstance(verdict, Verdict)
    assert [check.name for check in verdict.checks if not check.passed] == []
    assert verdict.counts.client == verdict.counts.effects == 500
    assert max(step.replicas for step in verdict.replicas[TARGET]) >= 3
    assert "Passed" in reports.latest().page.read_text()
    assert stack.find_running() is None
