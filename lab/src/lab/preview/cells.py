"""A panel with its data: what the page shows in one cell of the grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lab.errors import LabError
from lab.preview import ask, charts
from lab.preview.units import written
from threesignals import names

if TYPE_CHECKING:
    from lab.preview.ask import LabelledPoints, Window
    from lab.preview.charts import Json
    from lab.preview.fetch import Fetcher
    from lab.preview.model import Mark, Panel

MAX_ROWS = 12
LOG_KEYS = (
    "_time",
    names.SERVICE_NAME,
    "_msg",
    names.HTTP_REQUEST_METHOD,
    names.HTTP_ROUTE,
    names.URL_PATH,
    names.HTTP_RESPONSE_STATUS_CODE,
    names.DURATION_S,
    names.ERROR_TYPE,
    names.TRACE_ID,
)


@dataclass(frozen=True)
class Number:
    """One large value."""

    name: str
    text: str
    color: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One of: a figure, numbers, a table, or a note that says why there is none of them."""

    panel: Panel
    figure: Json | None = None
    numbers: list[Number] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""


def fill(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    """Ask a panel's questions; a failed question becomes the cell's note."""
    if panel.kind == "row":
        return Cell(panel=panel)
    try:
        return _KINDS[panel.kind](panel, fetcher, window)
    except LabError as error:
        return Cell(panel=panel, note=str(error))


def moments(
    marks: tuple[Mark, ...], fetcher: Fetcher, window: Window
) -> list[tuple[float, str, str]]:
    """Return the begin of each annotation in the window: time, text, colour."""
    return [
        (begin, charts.legend(mark.title, each.labels), mark.color)
        for mark in marks
        for each in ask.series(fetcher, mark.expr, window)
        for begin in _begins(each, window.step)
    ]


def _begins(each: LabelledPoints, step: float) -> list[float]:
    times = [time for time, value in each.points if value]
    return [t for i, t in enumerate(times) if i == 0 or t - times[i - 1] > step * 1.5]


def _lines(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    named = [
        (charts.legend(target.legend, each.labels), each)
        for target in panel.targets
        for each in ask.series(fetcher, target.expr, window)
    ]
    if not named:
        return Cell(panel=panel, note=panel.empty)
    asked = (target.expr for target in panel.targets if target.exemplars)
    dots = [dot for expr in asked for dot in ask.exemplars(fetcher, expr, window)]
    return Cell(panel=panel, figure=charts.lines(panel, sorted(named, key=lambda n: n[0]), dots))


def _heatmap(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    buckets = ask.series(fetcher, panel.targets[0].expr, window)
    if not buckets:
        return Cell(panel=panel, note=panel.empty)
    return Cell(panel=panel, figure=charts.heatmap(panel, buckets))


def _numbers(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    numbers = [
        Number(
            charts.legend(target.legend, each.labels) if target.legend else "",
            written(each.last, panel.unit),
            charts.limit_color(panel.limits, each.last),
        )
        for target in panel.targets
        for each in ask.latest(fetcher, target.expr, window)
    ]
    return Cell(panel=panel, numbers=numbers, note="" if numbers else panel.empty)


def _table(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    if panel.targets[0].source == "jaeger":
        return _traces(panel, fetcher, window)
    found = ask.latest(fetcher, panel.targets[0].expr, window)[:MAX_ROWS]
    names = sorted({key for each in found for key in each.labels} - panel.hidden)
    rows = [[each.labels.get(name, "") for name in names] for each in found]
    if "Value" not in panel.hidden:
        rows = [
            [*row, written(each.last, panel.unit)] for row, each in zip(rows, found, strict=True)
        ]
        names = [*names, "value"]
    return Cell(panel=panel, columns=names, rows=rows, note="" if rows else panel.empty)


def _traces(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    found = ask.traces(fetcher, panel.targets[0], window)[:MAX_ROWS]
    rows = [
        [
            each["trace"][:16],
            each["name"],
            _clock(each["start"]),
            written(each["duration"], "s"),
            str(each["spans"]),
        ]
        for each in found
    ]
    columns = ["trace", "name", "start", "duration", "spans"]
    return Cell(panel=panel, columns=columns, rows=rows, note="" if rows else panel.empty)


def _logs(panel: Panel, fetcher: Fetcher, window: Window) -> Cell:
    found = ask.log_lines(fetcher, panel.targets[0].expr, window)[:MAX_ROWS]
    columns = [key for key in LOG_KEYS if any(key in line for line in found)]
    rows = [[line.get(key, "") for key in columns] for line in found]
    return Cell(panel=panel, columns=columns, rows=rows, note="" if rows else panel.empty)


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"


_KINDS = {
    "timeseries": _lines,
    "heatmap": _heatmap,
    "stat": _numbers,
    "table": _table,
    "logs": _logs,
}
