"""Run an experiment of the table, write its report, and render a report again."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from lab import engines
from lab.errors import LabError
from lab.experiments.measure.experiment import Choices
from lab.experiments.table import AnyExperiment, named, of_kind
from lab.report import folder as reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from lab.engines.endpoints import Endpoints
    from lab.report.folder import Folder
    from lab.report.model import AnyVerdict


def run(
    name: str, *, choices: Choices, console: Console, engine: engines.Name = engines.DEFAULT
) -> AnyVerdict:
    """Run an experiment and write its report; `reports/latest` then points at it.

    Raises `LabError` when there can be no verdict: an option is not the experiment's, the stack
    does not start, or a backend stops answering.
    """
    experiment = named(name)
    _require_taken(name, experiment, choices, engine)
    opened = engines.named(engine)(console, autoscale=choices.autoscale, extras=experiment.needs)
    with opened as endpoints:
        folder = reports.create(experiment.title)
        verdict = perform(experiment, experiment.plan(choices), endpoints, folder, console)
    reports.point_latest(folder)
    return verdict


def perform(
    experiment: AnyExperiment,
    plan: object,
    endpoints: Endpoints,
    folder: Folder,
    console: Console,
) -> AnyVerdict:
    """Run, judge and write, on a stack that is ready."""
    with _explained():
        evidence, story = experiment.run(plan, endpoints, folder.path, console)
    verdict: AnyVerdict = experiment.judge(evidence)
    folder.write(verdict, story)
    render(folder)
    return verdict


def render(folder: Folder) -> Path:
    """Render the page of a report from what was written; return it."""
    verdict, story = folder.verdict.read_bytes(), folder.story.read_bytes()
    experiment = of_kind(json.loads(verdict)["experiment"])
    text = experiment.page(
        experiment.verdict.model_validate_json(verdict),
        experiment.story.model_validate_json(story),
    )
    folder.page.write_text(text, encoding="utf-8")
    return folder.page


def _require_taken(
    name: str, experiment: AnyExperiment, choices: Choices, engine: engines.Name
) -> None:
    """Raise LabError for an option that would make no difference."""
    chosen = {"--engine": engine != engines.DEFAULT, "--no-autoscale": not choices.autoscale}
    for option, given in chosen.items():
        if given and option not in experiment.takes:
            raise LabError(f"The experiment {name} does not take {option}. Leave it out.")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise LabError(f"A backend stopped answering during the experiment: {error}") from error
