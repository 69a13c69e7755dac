"""The experiment: a spike at one service, a steady load on the other, and a verdict."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
from rich.console import Console

from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.calm import wait_for_calm
from lab.experiments.measure.counting import Counter, settle
from lab.experiments.measure.decisions import decisions, in_words
from lab.experiments.measure.replicas import by_service, wait_for_fewest, wait_for_rest
from lab.experiments.spike import load
from lab.experiments.spike.agreement import agreement
from lab.experiments.spike.clientlog import Tail
from lab.experiments.spike.durations import Timings, timings
from lab.experiments.spike.evidence import SETTLING_SECONDS, Evidence
from lab.experiments.spike.gather import gather
from lab.experiments.spike.glimpse import ScalerState, glimpse
from lab.experiments.spike.live import view
from lab.experiments.spike.machine import LOCUST, Moment, Watcher
from lab.experiments.spike.plan import Plan
from lab.experiments.spike.replicas import Seen, seen
from lab.experiments.spike.story import Story
from lab.facts import ASKED_REPLICAS, EXISTING_REPLICAS, SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from lab.experiments.spike.clientlog import ClientLog
    from lab.experiments.spike.live import View
    from lab.facts import Service

QUIET_AFTER_SECONDS = 8.0
GLANCE_SECONDS = 0.5
GLANCE_TIMEOUT_SECONDS = 1.0
HANG_SECONDS = 15.0
"""How long after its end a load may take to come to it."""


def run(
    plan: Plan, endpoints: Endpoints, folder: Path, console: Console, *, owned: bool = False
) -> tuple[Evidence, Story]:
    """Load a stack that runs, and ask what it saw. Locust writes its log to the folder.

    Nobody else asks an `owned` stack, so no time is spent on seeing that it is quiet.

    A load that hangs or ends early, and a backend that is away for a while, are for the judge.
    Raises `LabError` when other requests reach the stack meanwhile, or Locust does not start.
    """
    with Backends(endpoints) as backends, view(console) as shown:
        shown.say("Waiting until both services are at rest.")
        (wait_for_fewest if owned else wait_for_rest)(backends)
        if (busy_percent := wait_for_calm()) is not None:
            shown.say(f"This machine is {busy_percent:.0f} % busy already; latencies will show it.")
        counter = Counter(backends, time.time())
        log, moments = watch(plan, endpoints, folder, shown)
        shown.say("Waiting until every signal has arrived.")
        served = settle(counter.all_served, quiet_seconds=QUIET_AFTER_SECONDS)
        replicas, durations = _samples(backends, plan, log)
        evidence = Evidence(
            plan=plan,
            log=log,
            replicas=replicas,
            agreement=agreement(log, served),
            timings=durations,
            moments=moments,
            busy_before_percent=busy_percent,
        )
        return evidence, gather(evidence, backends)


def _samples(
    backends: Backends, plan: Plan, log: ClientLog
) -> tuple[dict[Service, Seen], dict[Service, Timings]]:
    """Ask for the raw samples of the whole load: replicas, and durations of requests."""
    began = log.phases["warmup"]
    ended = log.phases.get("end", began + plan.seconds)
    counted = ended + SETTLING_SECONDS
    return (
        {service: seen(backends, service, began, ended) for service in SERVICES},
        {service: timings(backends, service, began, counted) for service in SERVICES},
    )


def watch(
    plan: Plan, endpoints: Endpoints, folder: Path, shown: View
) -> tuple[ClientLog, list[Moment]]:
    """Run the load to its end and show it; a Locust that hangs is ended.

    Returns what the clients saw, and what the machine did meanwhile. Raises `LabError` when Locust
    does not even begin.
    """
    tail, began, moments = Tail(folder / load.REQUESTS), time.time(), list[Moment]()
    deadline, scaler = began + plan.seconds + HANG_SECONDS, ScalerState(replicas={}, desired={})
    with (
        Backends(endpoints, httpx.Client(timeout=GLANCE_TIMEOUT_SECONDS)) as backends,
        load.running(plan, endpoints, folder) as locust,
    ):
        watcher = Watcher(lambda: {LOCUST: locust.pid, **endpoints.pids()})
        while locust.poll() is None and time.time() < deadline:
            time.sleep(GLANCE_SECONDS)
            moments.append(watcher.look())
            scaler = _scaler(backends, since=began) or scaler
            shown.show(glimpse(tail.read(), scaler, now=time.time(), total=plan.seconds))
    if "warmup" not in tail.read().phases:
        raise LabError(f"Locust did not begin; {folder / 'locust.log'} says why.")
    return tail.log, moments


def _scaler(backends: Backends, *, since: float) -> ScalerState | None:
    """Ask how many replicas there are; None while a backend is away, which is the judge's."""
    try:
        changed = decisions(backends, since, time.time())
        return ScalerState(
            replicas=by_service(backends, EXISTING_REPLICAS),
            desired=by_service(backends, ASKED_REPLICAS),
            decision=in_words(changed[-1]) if changed else "",
        )
    except httpx.HTTPError:
        return None
