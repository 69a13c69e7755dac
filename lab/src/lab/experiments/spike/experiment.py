"""A spike as an experiment, for the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.experiment import Choices, Experiment
from lab.experiments.spike.evidence import Evidence
from lab.experiments.spike.judge import judge
from lab.experiments.spike.page import page
from lab.experiments.spike.plan import Limits, Plan, quick
from lab.experiments.spike.run import run
from lab.experiments.spike.story import Story
from lab.experiments.spike.verdict import Verdict

if TYPE_CHECKING:
    from lab.facts import Service


def at(target: Service) -> Experiment[Plan, Evidence, Verdict, Story]:
    """Return the spike at one service; the other is the control."""

    def plan(choices: Choices) -> Plan:
        planned = Plan(target=target, autoscale=choices.autoscale)
        return quick(planned) if choices.quick else planned

    return Experiment(
        title=f"spike-{target}",
        plan=plan,
        run=run,
        judge=lambda evidence: judge(evidence, Limits()),
        page=page,
        verdict=Verdict,
        story=Story,
        takes=frozenset({"--engine", "--no-autoscale"}),
    )
