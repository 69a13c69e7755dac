"""Run the experiment with events, and ask what every signal saw."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
from rich.console import Console

from lab.engines.endpoints import Endpoints
from lab.experiments.burst import load
from lab.experiments.burst.counting import EventCounter
from lab.experiments.burst.judge import Evidence
from lab.experiments.burst.plan import OTHERS, TARGET, Plan
from lab.experiments.burst.verdict import EventCounts, Story
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.decisions import scale_steps
from lab.experiments.measure.replicas import wait_for_rest
from lab.facts import ASKED_REPLICAS, PORT_QUEUE, replicas_of
from lab.report.model import Points
from lab.waiting import settled, wait_until

QUEUE = f'rabbitmq_queue_messages{{queue="{PORT_QUEUE}"}}'
QUIET_SECONDS, TIMEOUT_SECONDS = 6.0, 60.0
LINE_SECONDS = 5.0


def run(
    plan: Plan, endpoints: Endpoints, _folder: Path, console: Console
) -> tuple[Evidence, Story]:
    """Load a stack that runs, and ask what it saw."""
    with (
        Backends(endpoints) as backends,
        httpx.Client(base_url=endpoints.port, timeout=10.0) as port,
    ):
        console.print("Waiting until everything is at rest.")
        wait_for_rest(backends)
        counter, began = EventCounter.begin(backends, port), time.time()
        added = load.run(endpoints.laptops, plan.due(), _glances(backends, console))
        accepted = sum(each.accepted for each in added)
        console.print("Waiting until the queue is empty and the worker is one again.")
        _wait_for_recovery(backends, began + plan.seconds + plan.recovery)
        counts, ended = _settled(counter, accepted), time.time()
        evidence = Evidence(
            plan=plan,
            began=began,
            ended=ended,
            added=added,
            replicas={
                name: backends.samples(replicas_of(name), began - 2, ended)
                for name in (TARGET, *OTHERS)
            },
            queue=backends.samples(QUEUE, began - 2, ended),
            counts=counts,
            dead_letters=counter.dead_letters(),
        )
        return evidence, _story(evidence, backends)


def _glances(backends: Backends, console: Console) -> load.Glance:
    last = -LINE_SECONDS

    def glance(seconds: float) -> None:
        nonlocal last
        if seconds - last >= LINE_SECONDS:
            last = seconds
            queue = sum(backends.values(f"sum({QUEUE})").values())
            asked = backends.values(f"max by (deployment) ({ASKED_REPLICAS})")
            text = f"{seconds:5.0f} s  {queue:.0f} in the queue, {asked.get(TARGET, 0):.0f} workers"
            console.print(text, highlight=False)

    return glance


def _wait_for_recovery(backends: Backends, deadline: float) -> None:
    """Wait until nothing is queued and one worker is left; at the deadline go on, to judge that."""

    def recovered() -> bool:
        queued = sum(backends.values(f"sum({QUEUE})").values())
        workers = sum(backends.values(f"max({replicas_of(TARGET)})").values())
        return not queued and workers <= 1

    wait_until(recovered, seconds=deadline - time.time(), every=1)


def _settled(counter: EventCounter, accepted: int) -> EventCounts:
    """Count until nothing has moved for a while: the last scrape and the last flush are in."""
    return settled(
        lambda: counter.counts(accepted), quiet_seconds=QUIET_SECONDS, seconds=TIMEOUT_SECONDS
    ).value


def _story(evidence: Evidence, backends: Backends) -> Story:
    began, seconds = evidence.began, evidence.seconds
    return Story(
        added=_per_second([each.at - began for each in evidence.added], seconds),
        queue=[(round(at - began, 3), value) for at, value in evidence.queue if at >= began],
        replicas={
            name: [(step.seconds, float(step.replicas)) for step in steps]
            for name, steps in evidence.steps().items()
        },
        decisions=scale_steps(backends, began, evidence.ended),
    )


def _per_second(moments: list[float], seconds: float) -> Points:
    counts = [0] * (int(seconds) + 1)
    for moment in moments:
        counts[min(int(moment), len(counts) - 1)] += 1
    return [(float(second), float(count)) for second, count in enumerate(counts)]
