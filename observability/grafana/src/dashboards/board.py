"""A dashboard as this project writes it, and its translation to Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from dashboards import marks, sources

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import QueryVariable

    from dashboards.panels import Panel

TAG = "laptop-lab"


@dataclass(frozen=True)
class Row:
    """A question, and the panels that answer it."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """A dashboard: rows in the order in which one asks."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[QueryVariable, ...] = ()
    since: str = "now-15m"

    def to_json(self) -> str:
        """Return Grafana's JSON, the same text for the same board."""
        return (
            JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(self._build()) + "\n"
        )

    def _build(self) -> object:
        board = (
            dashboard.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags([TAG])
            .readonly()
            .time(self.since, "now")
            .refresh("5s")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .variables([*sources.variables(), *self.variables])
            .annotations(list(marks.marks()))
            .link(_siblings())
        )
        for row in self.rows:
            _add(board, row)
        built = board.build()
        for number, panel in enumerate(built.panels or [], start=1):
            panel.id_val = number  # Grafana would number them by itself, but not the same each time
        return built


def _add(board: dashboard.Dashboard, row: Row) -> None:
    board.with_row(dashboard.Row(row.title))
    for panel in row.panels:
        board.with_panel(panel)


def _siblings() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Laptop Lab")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(False)
        .keep_time(True)
        .include_vars(True)
    )
