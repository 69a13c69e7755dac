"""Everything that dashboards and rules ask of the backends, from the committed files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from lab.paths import OBSERVABILITY

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARDS = OBSERVABILITY / "grafana" / "dashboards"
RULES = OBSERVABILITY / "prometheus" / "rules"


@dataclass(frozen=True)
class Question:
    """A PromQL expression and where it stands, as `lab-overview: Requests`."""

    where: str
    expr: str

    def __str__(self) -> str:
        return self.where


def boards(folder: str = "laptop-lab") -> list[dict[str, Any]]:
    """Read the JSON that Grafana is given."""
    return [json.loads(path.read_text()) for path in sorted((DASHBOARDS / folder).glob("*.json"))]


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a dashboard's panels without its rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def of_panels() -> Iterator[Question]:
    """Yield what panels ask of Prometheus."""
    for board in boards():
        for panel in panels(board):
            for target in panel.get("targets", []):
                if target["datasource"]["type"] == "prometheus":
                    yield Question(f"{board['uid']}: {panel['title']}", target["expr"])


def of_annotations() -> Iterator[Question]:
    """Yield what annotations ask."""
    for board in boards():
        for mark in board["annotations"]["list"]:
            yield Question(f"{board['uid']}: mark {mark['name']}", mark["expr"])


def of_variables() -> Iterator[Question]:
    """Yield the selectors inside the variables' `label_values(selector, label)`."""
    for board in boards():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                text = variable["query"]["query"].removeprefix("label_values(").removesuffix(")")
                selector, label = text.rsplit(", ", 1)
                yield Question(
                    f"{board['uid']}: ${variable['name']}", f"count by ({label}) ({selector})"
                )


def rules() -> list[dict[str, Any]]:
    """Read every recording rule and alert."""
    files = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yaml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Read the alerts."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    """Return the names that the recording rules make."""
    return {rule["record"] for rule in rules() if "record" in rule}


def of_rules() -> Iterator[Question]:
    """Yield what rules ask."""
    for rule in rules():
        yield Question(f"rule {rule.get('alert') or rule['record']}", rule["expr"])


def everything() -> list[Question]:
    """Return all of them."""
    return [*of_panels(), *of_annotations(), *of_variables(), *of_rules()]
