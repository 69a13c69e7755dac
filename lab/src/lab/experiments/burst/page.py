"""Render the page of the experiment with events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab.experiments.burst.plan import TARGET
from lab.report.chart import ChartPanel, Curve, charts
from lab.report.page import environment, inline, journey
from lab.report.scale import clock

if TYPE_CHECKING:
    from lab.experiments.burst.verdict import Story, Verdict

HERE = Path(__file__).parent
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
        environment(HERE)
        .get_template("page.html.j2")
        .render(
            verdict=verdict,
            story=story,
            target=TARGET,
            signals=SIGNALS,
            headline=headline(verdict),
            charts=charts(panels(story), verdict.phase_starts, verdict.seconds),
            clock=clock,
            journey=journey,
            style=inline("style.css"),
        )
    )


def headline(verdict: Verdict) -> str:
    """Return in one sentence what came out."""
    went = f"{TARGET} went {journey(verdict.replicas[TARGET]).replace(' → ', ' to ')} replicas"
    if verdict.passed:
        return f"{went}; nothing else moved, and every event counted once"
    failed = sum(not check.passed for check in verdict.checks)
    return f"{went}; {failed} of {len(verdict.checks)} checks failed"


def panels(story: Story) -> tuple[ChartPanel, ...]:
    """Name the panels from top to bottom, cause before effect."""
    replicas = dict(story.replicas)
    target = Curve("target", replicas.pop(TARGET))
    others = [Curve("control", points) for points in replicas.values()]
    return (
        ChartPanel("Laptops added a second", [Curve("control", story.added)]),
        ChartPanel("Events in the queue", [Curve("target", story.queue)]),
        ChartPanel("Replicas", [*others, target], steps=True),
    )
