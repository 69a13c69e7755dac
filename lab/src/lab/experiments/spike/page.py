"""Render the page from a verdict and what it rests on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab.report.chart import ChartPanel, Curve, charts
from lab.report.page import environment, inline, journey
from lab.report.scale import clock

if TYPE_CHECKING:
    from lab.experiments.spike.story import Curves, Story
    from lab.experiments.spike.verdict import Verdict
    from lab.facts import Service
    from lab.report.model import Points

HERE = Path(__file__).parent
ROW_SECONDS = 5
SIGNALS = (
    ("client", "Locust: answers it waited for"),
    ("gateway", "Traefik: requests at its entry point"),
    ("metrics", "Prometheus: the replicas' histograms"),
    ("logs", "VictoriaLogs: one line a request"),
    ("spans", "the collector: spans, before sampling"),
)


@dataclass(frozen=True)
class RowCell:
    """One service at one moment; None where nothing was measured yet."""

    users: float | None
    rate: float | None
    p95: float | None
    replicas: float | None


@dataclass(frozen=True)
class Row:
    """Both services at one moment."""

    seconds: float
    phase: str
    cells: list[RowCell]


def page(verdict: Verdict, story: Story) -> str:
    """Return the whole page as HTML; everything it needs is inside."""
    services = (verdict.target.service, verdict.control.service)
    return (
        environment(HERE)
        .get_template("page.html.j2")
        .render(
            verdict=verdict,
            story=story,
            target=verdict.target,
            control=verdict.control,
            services=services,
            signals=SIGNALS,
            roles={verdict.target.service: "target", verdict.control.service: "control"},
            headline=headline(verdict),
            charts=charts(panels(verdict, story), verdict.phase_starts, verdict.seconds),
            rows=rows(verdict, story, services),
            clock=clock,
            journey=journey,
            style=inline("style.css"),
            script=inline("cursor.js"),
            curves=_json_for_script(story),
        )
    )


def headline(verdict: Verdict) -> str:
    """Return in one sentence what came out."""
    target, control = verdict.target, verdict.control
    counts = [step.replicas for step in target.replicas] or [0]
    grew = f"{target.service} went from {counts[0]} to {max(counts)} replicas"
    if max(counts) == counts[0]:
        grew = f"{target.service} stayed at {counts[0]} replica{'s' if counts[0] != 1 else ''}"
    if verdict.passed:
        return f"{grew} and back; {control.service} did not notice"
    failed = sum(not check.passed for check in verdict.checks)
    return f"{grew}; {failed} of {len(verdict.checks)} checks failed"


def panels(verdict: Verdict, story: Story) -> tuple[ChartPanel, ...]:
    """Name the panels from top to bottom, cause before effect."""
    # The control first, so that the target is drawn over it.
    control, target = story.curves[verdict.control.service], story.curves[verdict.target.service]

    def both(curve: str) -> tuple[Curve, ...]:
        return (
            Curve("control", getattr(control, curve)),
            Curve("target", getattr(target, curve)),
        )

    return (
        ChartPanel("Users", both("users"), steps=True),
        ChartPanel("Requests answered a second", both("rate")),
        ChartPanel("p95 latency, ms", both("p95"), limit=verdict.objective_ms),
        ChartPanel("Replicas", both("replicas"), steps=True),
    )


def rows(verdict: Verdict, story: Story, services: tuple[Service, Service]) -> list[Row]:
    """Take the curves' values every few seconds."""
    moments = range(0, int(verdict.seconds) + 1, ROW_SECONDS)
    return [
        Row(
            seconds=float(moment),
            phase=_phase(verdict, moment),
            cells=[_cell(story.curves[service], moment) for service in services],
        )
        for moment in moments
    ]


def value_at(points: Points, moment: float) -> float | None:
    """Return the last value up to a moment."""
    return next((value for at, value in reversed(points) if at <= moment), None)


def _cell(curves: Curves, moment: float) -> RowCell:
    return RowCell(
        users=value_at(curves.users, moment),
        rate=value_at(curves.rate, moment),
        p95=value_at(curves.p95, moment),
        replicas=value_at(curves.replicas, moment),
    )


def _phase(verdict: Verdict, moment: float) -> str:
    begun = [name for name, start in verdict.phase_starts.items() if start <= moment]
    return begun[-1] if begun and begun[-1] != "end" else "recovery"


def _json_for_script(story: Story) -> str:
    curves = {service: each.model_dump() for service, each in story.curves.items()}
    # Inside a script element only `</` could end it early; JSON may write it so.
    return json.dumps(curves, separators=(",", ":")).replace("</", "<\\/")
