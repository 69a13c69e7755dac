"""Render the page of the experiment with events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lab.report.chart import (
    BOTTOM,
    GAP,
    NARROW,
    TOP,
    WIDE,
    Chart,
    Line,
    Panel,
    Size,
    Tick,
    bands,
    line_path,
    step_path,
)
from lab.report.render import environment, inline, journey
from lab.report.scale import Scale, clock, nice_ticks, time_ticks, whole_ticks

if TYPE_CHECKING:
    from lab.experiments.burst.verdict import Story, Verdict
    from lab.report.story import Points

TARGET = "port-worker"
SIGNALS = (
    ("client", "laptops that the service said it had added"),
    ("sent", "laptops' worker: confirmed by the broker"),
    ("processed", "port's worker: its metrics"),
    ("logs", "VictoriaLogs: one line an event"),
    ("spans", "the collector: spans, before sampling"),
    ("effects", "what GET /port/1 counts"),
)


def page(verdict: Verdict, story: Story) -> str:
    """Return the whole page as HTML; everything it needs is inside."""
    return (
        environment()
        .get_template("burst.html.j2")
        .render(
            verdict=verdict,
            story=story,
            target=TARGET,
            signals=SIGNALS,
            headline=headline(verdict),
            charts=[chart(verdict, story, size) for size in (WIDE, NARROW)],
            clock=clock,
            journey=journey,
            style=inline("style.css"),
        )
    )


def headline(verdict: Verdict) -> str:
    """Say in one sentence what came out."""
    went = f"{TARGET} went {journey(verdict.replicas[TARGET]).replace(' → ', ' to ')} replicas"
    if verdict.passed:
        return f"{went}; nothing else moved, and every event counted once"
    failed = sum(not check.passed for check in verdict.checks)
    return f"{went}; {failed} of {len(verdict.checks)} checks failed"


def chart(verdict: Verdict, story: Story, size: Size) -> Chart:
    """Lay out cause and effects on one time axis."""
    x = Scale(0, verdict.seconds, size.left, size.width - size.right)
    others = {f"control {name}": points for name, points in story.replicas.items()}
    target = others.pop(f"control {TARGET}")
    panels = [
        _panel("Laptops added a second", {"control": story.added}, x, 0, size),
        _panel("Events in the queue", {"target": story.queue}, x, 1, size),
        _panel("Replicas", {**others, "target": target}, x, 2, size, steps=True),
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


def _panel(  # noqa: PLR0913
    title: str,
    curves: Mapping[str, Points],
    x: Scale,
    index: int,
    size: Size,
    *,
    steps: bool = False,
) -> Panel:
    top = TOP + index * (size.panel + GAP)
    high = max([1.0, *(value for points in curves.values() for _, value in points)])
    ticks = whole_ticks(high) if steps else nice_ticks(high)
    y = Scale(0, ticks[-1], top + size.panel, top)
    draw = step_path if steps else line_path
    return Panel(
        title=title,
        top=top,
        bottom=top + size.panel,
        ticks=[Tick(y(value), f"{value:g}") for value in ticks],
        lines=[
            Line(role=role.partition(" ")[0], path=draw(points, x, y))
            for role, points in curves.items()
        ],
        limit=None,
    )
