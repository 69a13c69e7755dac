"""Panels that are drawn, as the traces and layout that Plotly reads. Pure functions.

Colours of text, grid and background are left to the page, which follows the reader's light or dark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lab.preview.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lab.preview.ask import Dot, LabelledPoints
    from lab.preview.model import Limit, Panel

COLORS = {
    "green": "#56a64b",
    "orange": "#ff9830",
    "red": "#e02f44",
    "blue": "#3274d9",
    "purple": "#a352cc",
    "light-blue": "#8ab8ff",
    "light-orange": "#ffb357",
    "text": "#8e8e8e",
}
PALETTE = ("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#8ab8ff")

Json = dict[str, Any]


def lines(panel: Panel, named: Sequence[tuple[str, LabelledPoints]], dots: Sequence[Dot]) -> Json:
    """Draw a time series panel: lines or a stack, exemplars as dots, limits as dashes."""
    traces = [_line(panel, index, name, each) for index, (name, each) in enumerate(named)]
    if dots:
        traces.append(_dots(dots))
    layout = _layout(panel) | {"shapes": [_dash(limit) for limit in panel.limits if panel.dashed]}
    layout["yaxis"]["rangemode"] = "tozero"
    return {"data": traces, "layout": layout}


def heatmap(panel: Panel, buckets: Sequence[LabelledPoints]) -> Json:
    """Draw a histogram over time; `buckets` are cumulative, one series for each bound `le`."""
    ordered = sorted(buckets, key=lambda each: float(each.labels["le"]))
    times = sorted({time for each in ordered for time, _ in each.points})
    cumulative = [[dict(each.points).get(time, 0.0) for time in times] for each in ordered]
    trace = {
        "type": "heatmap",
        "x": [time * 1000 for time in times],
        "y": [each.labels["le"] for each in ordered],
        "z": _differences(cumulative),
        "colorscale": [[0, "rgba(50,116,217,0)"], [1, "rgba(50,116,217,1)"]],
        "showscale": False,
        "hovertemplate": "%{x}<br>up to %{y} s: %{z:.3g}/s<extra></extra>",
    }
    layout = _layout(panel)
    layout["yaxis"] = {"type": "category", "ticksuffix": " s"}
    return {"data": [trace], "layout": layout}


def marks(figures: Iterable[Json], moments: Sequence[tuple[float, str, str]]) -> None:
    """Put annotations, (time, text, colour), on figures: upright lines that tell what they mark."""
    lines_of_marks = [_mark_line(time, COLORS[color]) for time, _, color in moments]
    tips = [_mark_tip(time, text, COLORS[color]) for time, text, color in moments]
    for figure in figures:
        layout = figure["layout"]
        layout["shapes"] = [*layout.get("shapes", []), *lines_of_marks]
        layout["annotations"] = tips


def legend(template: str, labels: dict[str, str]) -> str:
    """Write a series' name as Grafana does: labels in the places of `{{label}}`."""
    if template:
        return re.sub(
            r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), template
        ).strip()
    rest = ", ".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    return labels.get("__name__", "") + (f"{{{rest}}}" if rest else "") or "value"


def limit_color(limits: Sequence[Limit], value: float) -> str:
    """Return the colour of the last limit that the value reaches."""
    reached = [each.color for each in limits if each.value is None or value >= each.value]
    return COLORS.get(reached[-1], reached[-1]) if reached else "inherit"


def _line(panel: Panel, index: int, name: str, each: LabelledPoints) -> Json:
    color = COLORS.get(panel.colors.get(name, ""), PALETTE[index % len(PALETTE)])
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [time * 1000 for time, _ in each.points],
        "y": [value for _, value in each.points],
        "line": {"color": color, "width": 1.5, "shape": "hv" if panel.steps else "linear"},
        **({"stackgroup": "all", "fillcolor": color + "55"} if panel.stacked else {}),
    }


def _dots(dots: Sequence[Dot]) -> Json:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "single requests",
        "x": [dot.time * 1000 for dot in dots],
        "y": [dot.value for dot in dots],
        "text": [dot.trace_id for dot in dots],
        "hovertemplate": "%{y:.3~s}s<br>trace %{text}<extra></extra>",
        "marker": {"symbol": "diamond", "size": 5, "color": "#8e8e8e", "opacity": 0.7},
    }


def _mark_line(time: float, color: str) -> Json:
    across = {"xref": "x", "yref": "paper", "x0": time * 1000, "x1": time * 1000, "y0": 0, "y1": 1}
    return {"type": "line", **across, "line": {"color": color, "width": 1, "dash": "dot"}}


def _mark_tip(time: float, text: str, color: str) -> Json:
    place = {"xref": "x", "yref": "paper", "x": time * 1000, "y": 1, "yanchor": "bottom"}
    font = {"color": color, "size": 9}
    return {**place, "text": "▼", "hovertext": text, "showarrow": False, "font": font}


def _dash(limit: Limit) -> Json:
    if limit.value is None:
        return {"type": "line", "visible": False}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": limit.value,
        "y1": limit.value,
        "line": {"color": COLORS[limit.color], "width": 1, "dash": "dash"},
    }


def _layout(panel: Panel) -> Json:
    unit = UNITS[panel.unit]
    return {
        "xaxis": {"type": "date", "tickformat": "%H:%M:%S"},
        "yaxis": {"tickformat": unit.ticks, "ticksuffix": unit.sign},
        "showlegend": True,
    }


def _differences(cumulative: list[list[float]]) -> list[list[float]]:
    below = [[0.0] * len(row) for row in cumulative[:1]] + cumulative[:-1]
    return [
        [max(0.0, value - less) for value, less in zip(row, under, strict=True)]
        for row, under in zip(cumulative, below, strict=True)
    ]
