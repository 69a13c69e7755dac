"""The burst as an experiment, for the table."""

from __future__ import annotations

from lab.experiments.burst.judge import Evidence, judge
from lab.experiments.burst.page import page
from lab.experiments.burst.plan import QUICK, Limits, Plan
from lab.experiments.burst.run import run
from lab.experiments.burst.verdict import Story, Verdict
from lab.experiments.measure.experiment import Experiment


def of_events() -> Experiment[Plan, Evidence, Verdict, Story]:
    """Return the burst of events at port's worker."""
    return Experiment(
        title="burst-events",
        plan=lambda choices: QUICK if choices.quick else Plan(),
        run=run,
        judge=lambda evidence: judge(evidence, Limits()),
        page=page,
        verdict=Verdict,
        story=Story,
        needs=("rabbitmq",),
    )
