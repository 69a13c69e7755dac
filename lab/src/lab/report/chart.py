"""The chart: panels above one another on one time axis, as the template draws them in SVG."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.report.scale import Scale, clock, nice_ticks, time_ticks, whole_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.experiments.verdict import Verdict
    from lab.report.story import Curves, Points, Story

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


@dataclass(frozen=True, kw_only=True)
class Line:
    """One service's curve as an SVG path."""

    role: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One measure of both services."""

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
    panels: list[Panel]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a panel shows."""

    title: str
    curve: str
    unit: str = ""
    steps: bool = False
    limit: float | None = None


def chart(verdict: Verdict, story: Story, size: Size) -> Chart:
    """Lay out the four measures of both services."""
    x = Scale(0, verdict.seconds, size.left, size.width - size.right)
    panels = [
        _panel(measure, _roles(verdict, story), x, _top(index, size), size)
        for index, measure in enumerate(measures(verdict.objective_ms))
    ]
    return Chart(
        size=size,
        height=panels[-1].bottom + BOTTOM,
        left=x.start,
        right=x.end,
        seconds=verdict.seconds,
        bands=bands(verdict.phase_starts, x),
        times=[Tick(x(t), clock(t)) for t in time_ticks(verdict.seconds, size.time_labels)],
        panels=panels,
    )


def measures(objective_ms: float) -> tuple[Measure, ...]:
    """Name the panels from top to bottom, cause before effect."""
    return (
        Measure(title="Users", curve="users", steps=True),
        Measure(title="Requests answered a second", curve="rate"),
        Measure(title="p95 latency, ms", curve="p95", limit=objective_ms),
        Measure(title="Replicas", curve="replicas", steps=True),
    )


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


def _roles(verdict: Verdict, story: Story) -> Mapping[str, Curves]:
    # The control first, so that the target is drawn over it.
    return {
        "control": story.curves[verdict.control.service],
        "target": story.curves[verdict.target.service],
    }


def _panel(
    measure: Measure, roles: Mapping[str, Curves], x: Scale, top: float, size: Size
) -> Panel:
    curves: dict[str, Points] = {role: getattr(each, measure.curve) for role, each in roles.items()}
    ticks = _ticks(measure, [value for points in curves.values() for _, value in points])
    y = Scale(0, ticks[-1], top + size.panel, top)
    draw = step_path if measure.steps else line_path
    return Panel(
        title=measure.title,
        top=top,
        bottom=top + size.panel,
        ticks=[Tick(y(value), f"{value:g}") for value in ticks],
        lines=[Line(role=role, path=draw(points, x, y)) for role, points in curves.items()],
        limit=_limit(measure.limit, y),
    )


def _limit(milliseconds: float | None, y: Scale) -> Tick | None:
    if milliseconds is None:
        return None
    return Tick(y(milliseconds), f"objective {milliseconds:g} ms")


def _ticks(measure: Measure, values: Sequence[float]) -> list[float]:
    high = max([*values, measure.limit or 0.0, 1.0])
    return whole_ticks(high) if measure.steps else nice_ticks(high)


def _top(index: int, size: Size) -> float:
    return TOP + index * (size.panel + GAP)


def bands(starts: Mapping[str, float], x: Scale) -> list[Band]:
    """Lay the phases out on the time axis."""
    names = list(starts)
    return [
        Band(name, x(starts[name]), round(x(starts[following]) - x(starts[name]), 1))
        for name, following in itertools.pairwise(names)
    ]
