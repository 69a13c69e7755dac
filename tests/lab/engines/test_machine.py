import io
from pathlib import Path

import pytest
from rich.console import Console

from lab import engines, stack
from lab.engines import machine
from lab.errors import LabError
from lab.processes.ports import Ports
from lab.stack.running import RunningStack


def running(*, autoscale: bool = True, extras: tuple[str, ...] = ()) -> RunningStack:
    return RunningStack(Path("/nowhere"), Ports.shifted(100), autoscale, 1, extras=extras)


def test_an_experiment_asks_the_stack_that_runs() -> None:
    endpoints = machine.endpoints_of(running())
    assert endpoints.laptops == "http://127.0.0.1:5100"
    assert endpoints.prometheus == "http://127.0.0.1:9190"
    assert endpoints.locust_metrics_port == 9746


@pytest.mark.parametrize(
    ("found", "autoscale", "extras"),
    [
        (running(autoscale=True), False, ()),
        (running(autoscale=False), True, ()),
        (running(extras=("consul",)), True, ("rabbitmq",)),
    ],
)
def test_a_stack_that_is_not_as_asked_is_not_used(
    found: RunningStack, autoscale: bool, extras: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find_running", lambda: found)
    opened = machine.running(Console(file=io.StringIO()), autoscale=autoscale, extras=extras)
    with pytest.raises(LabError, match="lab down"), opened:
        pass


def test_a_stack_that_has_more_than_asked_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find_running", lambda: running(extras=("consul", "rabbitmq")))
    with machine.running(Console(), autoscale=True, extras=("rabbitmq",)) as endpoints:
        assert endpoints.port == "http://127.0.0.1:5101"


@pytest.mark.parametrize("name", ["compose", "kubernetes"])
def test_an_engine_without_extras_says_where_they_are(name: engines.Name) -> None:
    opened = engines.named(name)(Console(), autoscale=True, extras=("rabbitmq",))
    with pytest.raises(LabError, match="runs on this machine"), opened:
        pass
