"""The stack on this machine: the one that runs, or one that is started and stopped again."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import httpx
from rich.console import Console

from lab import stack
from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.facts import SERVICES
from lab.stack.running import RunningStack


@contextmanager
def running(
    console: Console, *, autoscale: bool, extras: Collection[str] = ()
) -> Iterator[Endpoints]:
    """Use the stack that runs, if it is as asked, or start one and stop it again."""
    found = stack.find_running()
    if found is None:
        started = stack.up(stack.Options(autoscale=autoscale, extras=tuple(extras)), console)
        try:
            yield endpoints_of(started)
        finally:
            started.down()
        return
    _require(found, autoscale=autoscale, extras=extras)
    yield endpoints_of(found)


def endpoints_of(running: RunningStack) -> Endpoints:
    """Take the addresses that an experiment needs from a running stack."""
    urls = asdict(running.urls)
    names = (*SERVICES, "prometheus", "jaeger", "victorialogs")
    return Endpoints(
        **{name: urls[name] for name in names},
        locust_metrics_port=running.ports.locust_metrics,
        pids=lambda: _pids(running),
    )


def _pids(running: RunningStack) -> dict[str, int]:
    """Return the running processes by name; none while the supervisor does not answer."""
    try:
        return {name: each.pid for name, each in running.processes().items() if each.running}
    except httpx.HTTPError:
        return {}


def _require(running: RunningStack, *, autoscale: bool, extras: Collection[str]) -> None:
    if running.autoscale != autoscale:
        state = "on" if running.autoscale else "off"
        raise LabError(f"A stack runs with its scaler {state}. Stop it first: `lab down`.")
    if missing := [extra for extra in extras if extra not in running.extras]:
        raise LabError(f"A stack runs without {missing[0]}. Stop it first: `lab down`.")
