"""The committed dashboards, reduced to what the preview draws."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.paths import OBSERVABILITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMITTED = OBSERVABILITY / "grafana" / "dashboards" / "laptop-lab"

ORDER = (
    "lab-overview",
    "lab-service",
    "lab-scaling",
    "lab-messaging",
    "lab-consul",
    "lab-pipeline",
    "lab-load-test",
)
"""The order in which one asks."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One query: PromQL, LogsQL, or a search of Jaeger's in `search`."""

    ref: str
    source: str
    expr: str
    legend: str
    exemplars: bool
    search: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """From `value` on, `color`; the first limit of a panel has no value."""

    value: float | None
    color: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel. `kind` is Grafana's name for it; columns and rows are those of Grafana's grid."""

    id: int
    kind: str
    title: str
    reading: str
    empty: str
    unit: str
    limits: tuple[Limit, ...]
    dashed: bool
    stacked: bool
    steps: bool
    hidden: frozenset[str]
    colors: dict[str, str]
    targets: tuple[Target, ...]
    row: int
    column: int
    width: int
    height: int
    runbook: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """An annotation: where its expression has a value, something happened."""

    name: str
    expr: str
    title: str
    color: str


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """One dashboard: panels in reading order, rows among them (`kind` is `row`)."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...]
    variables: dict[str, str]


def committed(folder: Path = COMMITTED) -> list[Dashboard]:
    """Read the dashboards that Grafana is given, in the order in which one asks."""
    found = [parse(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda board: ORDER.index(board.uid))


def parse(board: dict[str, Any]) -> Dashboard:
    """Read one dashboard from Grafana's JSON."""
    return Dashboard(
        uid=board["uid"],
        title=board["title"],
        description=board.get("description", ""),
        panels=tuple(_panel(panel) for panel in board.get("panels", [])),
        marks=tuple(_mark(mark) for mark in board.get("annotations", {}).get("list", [])),
        variables=dict(_defaults(board)),
    )


def _defaults(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for variable in board.get("templating", {}).get("list", []):
        if variable["type"] == "query":
            chosen = variable.get("current", {}).get("value", "")
            yield variable["name"], variable["allValue"] if "$__all" in chosen else chosen


def _panel(panel: dict[str, Any]) -> Panel:
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    custom, grid = defaults.get("custom", {}), panel["gridPos"]
    return Panel(
        id=panel["id"],
        kind=panel["type"],
        title=panel.get("title", ""),
        reading=panel.get("description", ""),
        empty=defaults.get("noValue", ""),
        unit=defaults.get("unit", "short"),
        limits=tuple(_limits(defaults)),
        dashed=custom.get("thresholdsStyle", {}).get("mode", "off") != "off",
        stacked=custom.get("stacking", {}).get("mode") == "normal",
        steps=custom.get("lineInterpolation") == "stepAfter",
        hidden=frozenset(_overridden(panel, "custom.hidden")),
        colors={name: v["fixedColor"] for name, v in _overridden(panel, "color").items()},
        targets=tuple(_target(target) for target in panel.get("targets", [])),
        row=grid["y"],
        column=grid["x"],
        width=grid["w"],
        height=grid["h"],
        runbook=next(
            (link["url"].removeprefix("/d/runbook-") for link in panel.get("links", [])), ""
        ),
    )


def _limits(defaults: dict[str, Any]) -> Iterator[Limit]:
    for step in defaults.get("thresholds", {}).get("steps", []):
        yield Limit(value=step.get("value"), color=step["color"])


def _overridden(panel: dict[str, Any], key: str) -> dict[str, Any]:
    overrides = panel.get("fieldConfig", {}).get("overrides", [])
    return {
        override["matcher"]["options"]: each["value"]
        for override in overrides
        for each in override["properties"]
        if each["id"] == key
    }


def _target(target: dict[str, Any]) -> Target:
    return Target(
        ref=target["refId"],
        source=target["datasource"]["type"],
        expr=target.get("expr", ""),
        legend=target.get("legendFormat", ""),
        exemplars=bool(target.get("exemplar")),
        search={k: target[k] for k in ("service", "tags", "minDuration", "limit") if target.get(k)},
    )


def _mark(mark: dict[str, Any]) -> Mark:
    return Mark(
        name=mark["name"],
        expr=mark["expr"],
        title=mark.get("titleFormat", ""),
        color=mark["iconColor"],
    )
