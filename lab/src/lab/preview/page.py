"""The page: every dashboard in Grafana's grid, in one file that needs nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from lab.facts import SERVICES
from lab.preview import cells, charts
from lab.preview.ask import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.preview.cells import Cell
    from lab.preview.fetch import Fetcher
    from lab.preview.model import Dashboard


@dataclass(frozen=True)
class DashboardView:
    """One dashboard with its data; `key` names it in the page's address."""

    key: str
    title: str
    description: str
    cells: list[Cell]


def render(boards: Sequence[Dashboard], fetcher: Fetcher, seconds: float) -> str:
    """Return the page's HTML for the last `seconds` before the fetcher's now."""
    window = Window(fetcher.now - seconds, fetcher.now, {})
    views = [view(board, fetcher, window) for each in boards for board in _expanded(each)]
    environment = Environment(loader=PackageLoader("lab.preview"), autoescape=True)
    return environment.get_template("page.html.j2").render(
        views=views,
        figures=json.dumps(_figures(views)).replace("</", "<\\/"),
        plotly=get_plotlyjs(),
        start=window.start * 1000,
        end=window.end * 1000,
        moment=f"{datetime.fromtimestamp(fetcher.now, UTC):%Y-%m-%d %H:%M:%S} UTC",
        minutes=round(seconds / 60),
    )


def view(board: Dashboard, fetcher: Fetcher, window: Window) -> DashboardView:
    """Fill one dashboard."""
    window = replace(window, variables=board.variables)
    filled = [cells.fill(panel, fetcher, window) for panel in board.panels]
    marks = cells.moments(board.marks, fetcher, window)
    drawn = [c.figure for c in filled if c.figure and c.panel.kind == "timeseries"]
    charts.marks(drawn, marks)
    service = board.variables.get("service", "")
    key = "-".join(filter(None, (board.uid, service)))
    title = ": ".join(filter(None, (board.title, service)))
    return DashboardView(key, title, board.description, filled)


def _expanded(board: Dashboard) -> list[Dashboard]:
    """Show a dashboard that can be switched between services once for each of them."""
    if "service" not in board.variables:
        return [board]
    return [replace(board, variables=board.variables | {"service": each}) for each in SERVICES]


def _figures(views: Sequence[DashboardView]) -> dict[str, charts.Json]:
    return {f"{v.key}/{c.panel.id}": c.figure for v in views for c in v.cells if c.figure}
