"""The experiment: a spike at one service, a steady load on the other, and a verdict."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
from rich.console import Console

from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.decisions import decisions, in_words
from lab.experiments.measure.increase import Sample
from lab.experiments.spike import load
from lab.experiments.spike.calm import wait_for_calm
from lab.experiments.spike.clientlog import Tail
from lab.experiments.spike.counting import Counter, agreement, settle
from lab.experiments.spike.gather import gather
from lab.experiments.spike.glimpse import Scale, glimpse
from lab.experiments.spike.judge import Evidence
from lab.experiments.spike.live import view
from lab.experiments.spike.plan import Plan
from lab.experiments.spike.story import Story
from lab.facts import (
    ASKED_REPLICAS,
    EXISTING_REPLICAS,
    FEWEST_REPLICAS,
    SERVICES,
    Service,
    deployment,
    replicas_of,
)
from lab.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lab.experiments.spike.clientlog import ClientLog
    from lab.experiments.spike.live import View

FEWEST = f"max by (horizontalpodautoscaler) ({FEWEST_REPLICAS})"
QUIET_BEFORE_SECONDS = 5.0
QUIET_AFTER_SECONDS = 8.0
REST_SECONDS = 90.0
GLANCE_SECONDS = 0.5


def run(plan: Plan, endpoints: Endpoints, folder: Path, console: Console) -> tuple[Evidence, Story]:
    """Load a stack that runs, and ask what it saw. Locust writes its log to the folder.

    Raises `LabError` when other requests reach the stack meanwhile, or Locust ends early.
    """
    with Backends(endpoints) as backends, view(console) as shown:
        shown.say("Waiting until both services are at rest.")
        wait_for_rest(backends)
        if (busy_percent := wait_for_calm()) is not None:
            shown.say(f"This machine is {busy_percent:.0f} % busy already; latencies will show it.")
        counter = Counter(backends, time.time())
        log, busy = watch(plan, endpoints, backends, folder, shown)
        shown.say("Waiting until every signal has arrived.")
        served = settle(counter.all_served, quiet_seconds=QUIET_AFTER_SECONDS)
        client = {service: len(log.of(service)) for service in SERVICES}
        evidence = Evidence(
            plan=plan,
            log=log,
            replicas=_replicas(backends, log),
            agreement=agreement(client, served),
            busy=busy,
        )
        return evidence, gather(evidence, backends)


def wait_for_rest(backends: Backends) -> None:
    """Wait until no requests arrive and both services have their fewest replicas.

    Raises `LabError` when that does not happen in time.
    """
    settle(Counter(backends, time.time()).all_served, quiet_seconds=QUIET_BEFORE_SECONDS)
    if not wait_until(
        lambda: _by_service(backends, EXISTING_REPLICAS) == backends.values(FEWEST),
        seconds=REST_SECONDS,
        every=1,
    ):
        fewest = backends.values(FEWEST)
        raise LabError(f"The services do not come to rest at their fewest replicas, {fewest}.")


def watch(
    plan: Plan, endpoints: Endpoints, backends: Backends, folder: Path, shown: View
) -> tuple[ClientLog, list[Sample]]:
    """Run the load to its end and show it.

    Returns what the clients saw, and how busy this machine was: percent of all its cores.
    Raises `LabError` when Locust ends before the plan does.
    """
    tail, began, busy = Tail(folder / load.REQUESTS), time.time(), list[Sample]()
    psutil.cpu_percent()  # the next call measures from here
    with load.running(plan, endpoints, folder) as locust:
        while locust.poll() is None:
            time.sleep(GLANCE_SECONDS)
            scale, now = _scale(backends, since=began), time.time()
            busy.append((now, psutil.cpu_percent()))
            shown.show(glimpse(tail.read(), scale, now=now, total=plan.seconds))
    if locust.returncode != 0 or "end" not in tail.read().phases:
        raise LabError(f"Locust ended early; {folder / 'locust.log'} says why.")
    return tail.log, busy


def _scale(backends: Backends, *, since: float) -> Scale:
    changed = decisions(backends, since, time.time())
    return Scale(
        replicas=_by_service(backends, EXISTING_REPLICAS),
        desired=_by_service(backends, ASKED_REPLICAS),
        decision=in_words(changed[-1]) if changed else "",
    )


def _by_service(backends: Backends, metric: str) -> dict[str, float]:
    deployments = backends.values(f"max by (deployment) ({metric})")
    return {name.removesuffix("-service"): value for name, value in deployments.items()}


def _replicas(backends: Backends, log: ClientLog) -> Mapping[Service, list[Sample]]:
    return {service: _replicas_of(backends, service, log) for service in SERVICES}


def _replicas_of(backends: Backends, service: Service, log: ClientLog) -> list[Sample]:
    selector = replicas_of(deployment(service))
    return backends.samples(selector, log.phases["warmup"] - 2, log.phases["end"])
