"""Backends that answer from a table, and panels to ask them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from lab.errors import LabError
from lab.preview.model import Limit, Panel, Target

NOW = 1_800_000_000.0


@dataclass
class Backends:
    """Answers by path, and remembers what it was asked; an unknown path fails."""

    answers: dict[str, Any]
    asked: list[dict[str, str]] = field(default_factory=list)
    now: float = NOW

    def get(self, backend: str, path: str, params: dict[str, str]) -> Any:  # noqa: ANN401
        self.asked.append(params)
        if path not in self.answers:
            message = f"{backend} does not answer"
            raise LabError(message)
        return self.answers[path]


def matrix(*series: tuple[dict[str, str], list[tuple[float, str]]]) -> dict[str, Any]:
    """Write an answer of Prometheus' query_range."""
    return {
        "data": {"result": [{"metric": m, "values": [list(v) for v in vs]} for m, vs in series]}
    }


def vector(*samples: tuple[dict[str, str], str]) -> dict[str, Any]:
    """Write an answer of Prometheus' query."""
    return {"data": {"result": [{"metric": m, "value": [NOW, v]} for m, v in samples]}}


TARGET = Target(
    ref="A", source="prometheus", expr="up", legend="{{job}}", exemplars=False, search={}
)

PANEL = Panel(
    id=1,
    kind="timeseries",
    title="Up",
    reading="Who is up.",
    empty="Nobody is up",
    unit="short",
    limits=(Limit(value=None, color="green"), Limit(value=5, color="red")),
    dashed=True,
    stacked=False,
    steps=False,
    hidden=frozenset(),
    colors={"laptops": "blue"},
    targets=(TARGET,),
    row=0,
    column=0,
    width=8,
    height=8,
    runbook="",
)


def panel(kind: str, **changes: Any) -> Panel:  # noqa: ANN401
    """Make a panel of a kind."""
    return replace(PANEL, kind=kind, **changes)
