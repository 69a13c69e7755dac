import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.lab.experiments.a_run import evidence

from lab import stack
from lab.errors import LabError
from lab.experiments import load, spike
from lab.experiments.endpoints import Endpoints
from lab.experiments.judge import judge
from lab.experiments.plan import Limits, Plan
from lab.experiments.summary import print_verdict
from lab.report.folder import create
from lab.stack.ports import Ports
from lab.stack.running import RunningStack


def running(*, autoscale: bool) -> RunningStack:
    return RunningStack(Path("/nowhere"), Ports.shifted(100), autoscale, 1)


def test_an_experiment_asks_the_stack_that_runs() -> None:
    endpoints = spike.endpoints_of(running(autoscale=True))
    assert endpoints.laptops == "http://127.0.0.1:5100"
    assert endpoints.prometheus == "http://127.0.0.1:9190"
    assert endpoints.locust_metrics_port == 9746


@pytest.mark.parametrize("autoscale", [True, False])
def test_a_stack_that_scales_otherwise_than_asked_is_not_used(
    autoscale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find_running", lambda: running(autoscale=not autoscale))
    with pytest.raises(LabError, match="lab down"):
        spike.run("laptops", autoscale=autoscale, console=Console(file=io.StringIO()))


def test_a_backend_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    nobody = Endpoints(prometheus="http://127.0.0.1:9", victorialogs="http://127.0.0.1:9")
    with pytest.raises(LabError, match="stopped answering"):
        spike.perform(
            Plan(), nobody, create("spike-laptops", tmp_path), Console(file=io.StringIO())
        )


class Resting:
    """Backends of a stack in which nothing happens."""

    def values(self, _: str) -> dict[str, float]:
        return {}

    def raw_series(self, *_: object) -> list[Any]:
        return []

    def logs(self, *_: object) -> list[Any]:
        return []

    def count_logs(self, *_: object) -> int:
        return 0


def test_locust_that_ends_early_is_a_sentence_that_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "command", lambda *_: ["false"])
    folder = create("spike-laptops", tmp_path)
    with pytest.raises(LabError, match=r"locust\.log"):
        spike.watch(Plan(), Endpoints(), Resting(), folder, Shown())  # type: ignore[arg-type]


class Shown:
    """A view that keeps nothing."""

    def show(self, _: object) -> None:
        """Leave it."""

    def say(self, _: str) -> None:
        """Leave it."""


def test_the_summary_names_what_failed_and_where_the_report_is() -> None:
    console = Console(file=io.StringIO(), width=120)
    verdict = judge(evidence(scales=False), Limits())
    print_verdict(verdict, Path("/reports/latest/index.html"), console)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split()[1] for line in lines if line.startswith("fails")] == [
        "target-scaled-out",
        "target-recovered",
    ]
    assert lines[-1] == "FAILED  report: /reports/latest/index.html"
