"""The chart: panels above one another on one time axis, as the template draws them in SVG."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.report.scale import Scale, clock, nice_ticks, time_ticks, whole_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.report.model import Points


GAP = 44.0
TOP = 40.0
BOTTOM = 26.0


@dataclass(frozen=True, kw_only=True)
class Size:
    """The measures of one rendering, in pixels."""

    name: str
    width: float
    panel: float
    left: float
    right: float
    time_labels: int


WIDE = Size(name="wide", width=1040, panel=128, left=56, right=16, time_labels=12)
NARROW = Size(name="narrow", width=380, panel=112, left=44, right=18, time_labels=5)


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Band:
    """A phase's stretch of the time axis."""

    name: str
    x: float
    width: float


@dataclass(frozen=True)
class Line:
    """A curve as an SVG path."""

    role: str
    path: str


@dataclass(frozen=True, kw_only=True)
class DrawnPanel:
    """A panel as the template draws it."""

    title: str
    top: float
    bottom: float
    ticks: list[Tick]
    lines: list[Line]
    limit: Tick | None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All panels of one size."""

    size: Size
    height: float
    left: float
    right: float
    seconds: float
    bands: list[Band]
    times: list[Tick]
    panels: list[DrawnPanel]


@dataclass(frozen=True)
class Curve:
    """Values over time. `role`: `target`, or `control` for what should stay as it is."""

    role: str
    points: Points


@dataclass(frozen=True)
class ChartPanel:
    """What a panel shows: curves with one scale, the last one on top."""

    title: str
    curves: Sequence[Curve]
    steps: bool = field(default=False, kw_only=True)
    """Whether a value holds until the next one, and is a whole number."""
    limit: float | None = field(default=None, kw_only=True)
    """An objective in milliseconds."""


def chart(
    panels: Sequence[ChartPanel], phase_starts: Mapping[str, float], seconds: float, size: Size
) -> Chart:
    """Lay panels out above one another on one time axis of so many seconds."""
    x = Scale(0, seconds, size.left, size.width - size.right)
    drawn = [_panel(panel, x, _top(index, size), size) for index, panel in enumerate(panels)]
    return Chart(
        size=size,
        height=drawn[-1].bottom + BOTTOM,
        left=x.start,
        right=x.end,
        seconds=seconds,
        bands=bands(phase_starts, x),
        times=[Tick(x(t), clock(t)) for t in time_ticks(seconds, size.time_labels)],
        panels=drawn,
    )


def charts(
    panels: Sequence[ChartPanel], phase_starts: Mapping[str, float], seconds: float
) -> list[Chart]:
    """Lay the same panels out for a wide and for a narrow screen."""
    return [chart(panels, phase_starts, seconds, size) for size in (WIDE, NARROW)]


def line_path(points: Points, x: Scale, y: Scale) -> str:
    """Draw straight lines from point to point."""
    return " ".join(f"{'L' if i else 'M'}{x(a)} {y(b)}" for i, (a, b) in enumerate(points))


def step_path(points: Points, x: Scale, y: Scale) -> str:
    """Draw steps: a value holds until the next one, the last one to the end of the axis."""
    if not points:
        return ""
    (first_x, first_y), *rest = points
    steps = "".join(f" H{x(a)} V{y(b)}" for a, b in rest)
    return f"M{x(first_x)} {y(first_y)}{steps} H{x.end}"


def _panel(panel: ChartPanel, x: Scale, top: float, size: Size) -> DrawnPanel:
    ticks = _ticks(panel)
    y = Scale(0, ticks[-1], top + size.panel, top)
    draw = step_path if panel.steps else line_path
    return DrawnPanel(
        title=panel.title,
        top=top,
        bottom=top + size.panel,
        ticks=[Tick(y(value), f"{value:g}") for value in ticks],
        lines=[Line(curve.role, draw(curve.points, x, y)) for curve in panel.curves],
        limit=_limit(panel.limit, y),
    )


def _limit(milliseconds: float | None, y: Scale) -> Tick | None:
    if milliseconds is None:
        return None
    return Tick(y(milliseconds), f"objective {milliseconds:g} ms")


def _ticks(panel: ChartPanel) -> list[float]:
    values = [value for curve in panel.curves for _, value in curve.points]
    high = max([*values, panel.limit or 0.0, 1.0])
    return whole_ticks(high) if panel.steps else nice_ticks(high)


def _top(index: int, size: Size) -> float:
    return TOP + index * (size.panel + GAP)


def bands(starts: Mapping[str, float], x: Scale) -> list[Band]:
    """Lay the phases out on the time axis."""
    names = list(starts)
    return [
        Band(name, x(starts[name]), round(x(starts[following]) - x(starts[name]), 1))
        for name, following in itertools.pairwise(names)
    ]
