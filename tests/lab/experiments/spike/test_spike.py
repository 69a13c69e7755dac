import io
import sys
from pathlib import Path

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

NOBODY = "http://127.0.0.1:9"


def test_a_backend_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    nobody = Endpoints(prometheus=NOBODY, victorialogs=NOBODY)
    console = Console(file=io.StringIO())
    with pytest.raises(LabError, match="stopped answering"):
        perform(at("laptops"), Plan(), nobody, create("spike-laptops", tmp_path), console)


def test_locust_that_does_not_begin_is_a_sentence_that_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "command", lambda *_: ["false"])
    with pytest.raises(LabError, match=r"locust\.log"):
        spike.watch(Plan(), Endpoints(prometheus=NOBODY), tmp_path, Shown())


BEGINS = """
import json, pathlib, sys, time
line = {"kind": "phase", "time": time.time(), "phase": "warmup"}
pathlib.Path(sys.argv[1]).write_text(json.dumps(line) + "\\n")
"""


@pytest.mark.parametrize("then", ["sys.exit(1)", "time.sleep(60)"])
def test_locust_that_dies_or_hangs_is_for_the_judge(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", BEGINS + then, str(tmp_path / load.REQUESTS)]
    monkeypatch.setattr(load, "command", lambda *_: command)
    monkeypatch.setattr(spike, "HANG_SECONDS", 0.5)
    plan = Plan(warmup=0.5, baseline=0, spike=0, recovery=0)
    log, moments = spike.watch(plan, Endpoints(prometheus=NOBODY), tmp_path, Shown())
    assert list(log.phases) == ["warmup"]
    assert moments


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
        "target-served",
    ]
    assert lines[-1] == "FAILED  report: /reports/latest/index.html"
