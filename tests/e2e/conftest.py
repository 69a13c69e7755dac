"""Real backends and whole stacks, on ports and in folders of their own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab import stack, toolchain
from lab.errors import LabError
from lab.processes.ports import Ports
from lab.stack import clashes
from lab.stack.options import Options
from lab.stack.running import RunningStack

OFFSETS = range(1000, 13000, 230)
"""Shifted by these, every port stays below those that the kernel gives to outgoing connections."""


@pytest.fixture(scope="session", autouse=True)
def _heed_interrupts() -> None:
    """Let what tests start be interrupted, also where a shell runs them in the background.

    Such a shell has its jobs ignore SIGINT, and every process below inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """Every program of the stack; they are built if they are not here."""
    return toolchain.provide_all(Console(stderr=True))


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One whole stack for the session: both services, gateway, autoscaler, all backends."""
    state = tmp_path_factory.mktemp("stack")
    running = stack.up(Options(state=state, ports=free_ports()))
    yield running
    running.down()


@pytest.fixture(scope="session")
def breakable_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Another whole stack, for tests that switch faults on: what they leave disturbs nobody."""
    state = tmp_path_factory.mktemp("breakable")
    running = stack.up(Options(state=state, ports=free_ports()))
    yield running
    running.down()


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Options of a stack of the test's own."""
    return Options(state=tmp_path, ports=free_ports())


def free_ports() -> Ports:
    """Ports that nobody uses at this moment."""
    for offset in OFFSETS:
        ports = Ports.shifted(offset)
        try:
            clashes.require_free({**ports.listeners(), ports.locust: "", ports.locust_metrics: ""})
        except LabError:
            continue
        return ports
    raise AssertionError("no free range of ports")
