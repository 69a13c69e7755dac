"""The experiment: a spike at one service, a steady load on the other, and a verdict."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

import httpx
import psutil
from rich.console import Console

from lab import stack
from lab.errors import LabError
from lab.experiments import load
from lab.experiments.backends import Backends
from lab.experiments.calm import wait_for_calm
from lab.experiments.clientlog import Tail
from lab.experiments.counting import Counter, agreement, settle
from lab.experiments.decisions import decisions, in_words
from lab.experiments.endpoints import Endpoints
from lab.experiments.glimpse import Scale, glimpse
from lab.experiments.increase import Sample
from lab.experiments.judge import Evidence, judge
from lab.experiments.live import view
from lab.experiments.plan import SERVICES, Limits, Plan, Service
from lab.experiments.plan import quick as shortened
from lab.report import folder as reports
from lab.report.gather import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from lab.experiments.clientlog import ClientLog
    from lab.experiments.live import View
    from lab.experiments.verdict import Verdict
    from lab.report.folder import Folder
    from lab.stack.running import RunningStack

EXIST = "kube_deployment_status_replicas"
ASKED = "kube_deployment_spec_replicas"
FEWEST = "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_min_replicas)"
QUIET_BEFORE_SECONDS = 5.0
QUIET_AFTER_SECONDS = 8.0
REST_SECONDS = 90.0
GLANCE_SECONDS = 0.5


class Engine(Protocol):
    """Where a stack runs: it gives one that is ready, and takes it back."""

    def __call__(self, console: Console, *, autoscale: bool) -> AbstractContextManager[Endpoints]:
        """Open the stack. Raises `LabError` when it does not start."""


def run(
    target: Service,
    *,
    quick: bool = False,
    autoscale: bool = True,
    console: Console | None = None,
    engine: Engine | None = None,
) -> Verdict:
    """Run a spike at `target` and write its report; `reports/latest` then points at it.

    `engine` gives the stack; by default the one that runs on this machine, or one that is started
    and stopped again. Raises `LabError` when there can be no verdict: the stack does not start, or
    other requests reach it during the experiment.
    """
    console = console or Console()
    plan = Plan(target=target, autoscale=autoscale)
    plan = shortened(plan) if quick else plan
    with (engine or on_this_machine)(console, autoscale=autoscale) as endpoints:
        written = reports.create(f"spike-{target}")
        verdict = perform(plan, endpoints, written, console)
    reports.point_latest(written)
    return verdict


def perform(plan: Plan, endpoints: Endpoints, folder: Folder, console: Console) -> Verdict:
    """Load a stack that runs, ask what it saw, judge, and write the report."""
    with Backends(endpoints) as backends, _explained(), view(console) as shown:
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
        verdict = judge(evidence, Limits())
        folder.write(verdict, gather(evidence, backends))
    return verdict


def endpoints_of(running: RunningStack) -> Endpoints:
    """Take the addresses that an experiment needs from a running stack."""
    urls = asdict(running.urls)
    names = ("laptops", "port", "prometheus", "jaeger", "victorialogs")
    return Endpoints(
        **{name: urls[name] for name in names},
        locust_metrics_port=running.ports.locust_metrics,
    )


def wait_for_rest(backends: Backends) -> None:
    """Wait until no requests arrive and both services have their fewest replicas.

    Raises `LabError` when that does not happen in time.
    """
    settle(Counter(backends, time.time()).all_served, quiet_seconds=QUIET_BEFORE_SECONDS)
    deadline = time.monotonic() + REST_SECONDS
    while _by_service(backends, EXIST) != (fewest := backends.values(FEWEST)):
        if time.monotonic() > deadline:
            raise LabError(f"The services do not come to rest at their fewest replicas, {fewest}.")
        time.sleep(1)


def watch(
    plan: Plan, endpoints: Endpoints, backends: Backends, folder: Folder, shown: View
) -> tuple[ClientLog, list[Sample]]:
    """Run the load to its end and show it.

    Returns what the clients saw, and how busy this machine was: percent of all its cores.
    Raises `LabError` when Locust ends before the plan does.
    """
    tail, began, busy = Tail(folder.requests), time.time(), list[Sample]()
    psutil.cpu_percent()  # the next call measures from here
    with load.running(plan, endpoints, folder.path) as locust:
        while locust.poll() is None:
            time.sleep(GLANCE_SECONDS)
            scale, now = _scale(backends, since=began), time.time()
            busy.append((now, psutil.cpu_percent()))
            shown.show(glimpse(tail.read(), scale, now=now, total=plan.seconds))
    if locust.returncode != 0 or "end" not in tail.read().phases:
        raise LabError(f"Locust ended early; {folder.path / 'locust.log'} says why.")
    return tail.log, busy


def _scale(backends: Backends, *, since: float) -> Scale:
    changed = decisions(backends, since, time.time())
    return Scale(
        replicas=_by_service(backends, EXIST),
        desired=_by_service(backends, ASKED),
        decision=in_words(changed[-1]) if changed else "",
    )


def _by_service(backends: Backends, metric: str) -> dict[str, float]:
    deployments = backends.values(f"max by (deployment) ({metric})")
    return {name.removesuffix("-service"): value for name, value in deployments.items()}


def _replicas(backends: Backends, log: ClientLog) -> Mapping[Service, list[Sample]]:
    return {service: _replicas_of(backends, service, log) for service in SERVICES}


def _replicas_of(backends: Backends, service: Service, log: ClientLog) -> list[Sample]:
    selector = f'{EXIST}{{deployment="{service}-service"}}'
    series = backends.raw_series(selector, log.phases["warmup"] - 2, log.phases["end"])
    return sorted(sample for each in series for sample in each.samples)


@contextmanager
def on_this_machine(console: Console, *, autoscale: bool) -> Iterator[Endpoints]:
    """Use the stack that runs, or start one and stop it again."""
    running = stack.find_running()
    if running is None:
        running = stack.up(stack.Options(autoscale=autoscale), console)
        try:
            yield endpoints_of(running)
        finally:
            running.down()
        return
    if running.autoscale != autoscale:
        state = "on" if running.autoscale else "off"
        raise LabError(f"A stack runs with its scaler {state}. Stop it first: `lab down`.")
    yield endpoints_of(running)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise LabError(f"A backend stopped answering during the experiment: {error}") from error
