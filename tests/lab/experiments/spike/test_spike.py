import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.lab.experiments.spike.a_run import evidence

from lab.commands.experiment import perform
from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.experiments.spike import load
from lab.experiments.spike import run as spike
from lab.experiments.spike.experiment import at
from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits, Plan
from lab.report.folder import create
from lab.report.summary import print_verdict


def test_a_backend_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    nobody = Endpoints(prometheus="http://127.0.0.1:9", victorialogs="http://127.0.0.1:9")
    console = Console(file=io.StringIO())
    with pytest.raises(LabError, match="stopped answering"):
        perform(at("laptops"), Plan(), nobody, create("spike-laptops", tmp_path), console)


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
    with pytest.raises(LabError, match=r"locust\.log"):
        spike.watch(Plan(), Endpoints(), Resting(), tmp_path, Shown())  # type: ignore[arg-type]


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
