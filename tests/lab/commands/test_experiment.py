"""What running an experiment means, shown on one that is a few lines long."""

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx
import pytest
from rich.console import Console

from lab import engines
from lab.commands import experiment
from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.experiments.measure.bound import Bound, check
from lab.experiments.measure.experiment import Choices, Experiment
from lab.experiments.table import EXPERIMENTS
from lab.report import folder as reports
from lab.report.model import AnyVerdict, Model


class CountVerdict(AnyVerdict):
    experiment: Literal["count"] = "count"


class CountStory(Model):
    counted: int


def run(plan: int, _: Endpoints, folder: Path, __: Console) -> tuple[int, CountStory]:
    (folder / "numbers.txt").write_text(str(plan))
    return plan, CountStory(counted=plan)


def judge(counted: int) -> CountVerdict:
    held = check("counted", counted, Bound("at least", 3, "things"), "Were there three?")
    return CountVerdict(passed=held.passed, checks=[held])


COUNT = Experiment(
    title="count",
    plan=lambda choices: 1 if choices.quick else 3,
    run=run,
    judge=judge,
    page=lambda verdict, story: f"{verdict.passed}: {story.counted}",
    verdict=CountVerdict,
    story=CountStory,
    needs=("rabbitmq",),
)
CONSOLE = Console(file=io.StringIO())


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Collection[str]]:
    """Put the experiment into the table, and a stack that is not there under it."""
    asked: list[Collection[str]] = []

    @contextmanager
    def engine(_: Console, *, autoscale: bool, extras: Collection[str] = ()) -> Iterator[Endpoints]:
        assert autoscale
        asked.append(extras)
        yield Endpoints()

    monkeypatch.setitem(EXPERIMENTS, "count", COUNT)
    monkeypatch.setattr(engines, "named", lambda _: engine)
    monkeypatch.setenv("LAB_REPORTS_DIR", str(tmp_path))
    return asked


def test_a_row_in_the_table_is_run_judged_written_and_rendered_again(
    opened: list[Collection[str]],
) -> None:
    verdict = experiment.run("count", choices=Choices(), console=CONSOLE)
    assert verdict.passed
    assert opened == [("rabbitmq",)]
    written = reports.latest()
    assert written.path.name.endswith("-count")
    assert (written.path / "numbers.txt").read_text() == "3"
    assert CountVerdict.model_validate_json(written.verdict.read_bytes()) == verdict
    assert written.page.read_text() == "True: 3"
    written.page.unlink()
    assert experiment.render(written).read_text() == "True: 3"


@pytest.mark.usefixtures("opened")
def test_a_verdict_that_fails_is_a_report_all_the_same() -> None:
    verdict = experiment.run("count", choices=Choices(quick=True), console=CONSOLE)
    assert not verdict.passed
    assert reports.latest().page.read_text() == "False: 1"


def test_an_option_that_makes_no_difference_is_refused_before_a_stack_is_opened(
    opened: list[Collection[str]],
) -> None:
    with pytest.raises(LabError, match="does not take --engine"):
        experiment.run("count", choices=Choices(), console=CONSOLE, engine="compose")
    with pytest.raises(LabError, match="does not take --no-autoscale"):
        experiment.run("count", choices=Choices(autoscale=False), console=CONSOLE)
    assert opened == []


@pytest.mark.usefixtures("opened")
def test_a_backend_that_is_away_is_a_sentence_and_no_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> tuple[int, CountStory]:
        raise httpx.ConnectError("refused")

    broken = Experiment(**{**vars(COUNT), "run": fails})
    monkeypatch.setitem(EXPERIMENTS, "count", broken)
    with pytest.raises(LabError, match="A backend stopped answering"):
        experiment.run("count", choices=Choices(), console=CONSOLE)
    with pytest.raises(LabError, match="no report yet"):
        reports.latest()


def test_a_report_of_an_experiment_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    folder = reports.create("old", tmp_path)
    folder.write(CountVerdict(passed=True, checks=[]), CountStory(counted=1))
    with pytest.raises(LabError, match="No experiment writes a verdict of the kind 'count'"):
        experiment.render(folder)
