"""What an experiment is: a plan, a run, a judge and a page. `lab.experiments.table` lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from rich.console import Console

from lab.engines.endpoints import Endpoints
from lab.report.model import AnyVerdict, Model

PlanT = TypeVar("PlanT")
EvidenceT = TypeVar("EvidenceT")
VerdictT = TypeVar("VerdictT", bound=AnyVerdict)
StoryT = TypeVar("StoryT", bound=Model)

Option = Literal["--engine", "--no-autoscale"]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person chose for one run."""

    quick: bool = False
    autoscale: bool = True


@dataclass(frozen=True, kw_only=True)
class Experiment(Generic[PlanT, EvidenceT, VerdictT, StoryT]):
    """One experiment. Only `run` touches a stack; the others are pure functions.

    `run` loads the stack, which is ready, asks what every signal saw, and may keep files in the
    folder. It returns what the verdict rests on and what the page shows beside it. It raises
    `LabError` when there can be no verdict, and `httpx.HTTPError` when a backend is away.
    """

    title: str
    """The end of its reports' names, such as `spike-laptops`."""
    plan: Callable[[Choices], PlanT]
    run: Callable[[PlanT, Endpoints, Path, Console], tuple[EvidenceT, StoryT]]
    judge: Callable[[EvidenceT], VerdictT]
    page: Callable[[VerdictT, StoryT], str]
    verdict: type[VerdictT]
    story: type[StoryT]
    takes: frozenset[Option] = frozenset()
    """The options, beside `--quick`, that make a difference to it; others are refused."""
    needs: tuple[str, ...] = ()
    """What the stack must have beside the rest, as `lab up --with` names it."""

    @property
    def kind(self) -> str:
        """What `verdict.json` says the experiment is."""
        return str(self.verdict.model_fields["experiment"].default)
