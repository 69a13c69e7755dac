"""Where the parts of a running stack answer, and what gives such a stack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from lab.errors import LabError
from lab.facts import LOOPBACK, PORTS


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Base URLs, without a slash at the end."""

    laptops: str = f"{LOOPBACK}:{PORTS['laptops']}"
    port: str = f"{LOOPBACK}:{PORTS['port']}"
    prometheus: str = f"{LOOPBACK}:9090"
    jaeger: str = f"{LOOPBACK}:16686"
    victorialogs: str = f"{LOOPBACK}:9428"
    locust_metrics_port: int = 9646
    pids: Callable[[], Mapping[str, int]] = dict
    """The stack's processes by name, such as `port-0`; those that run on this machine itself."""


class Engine(Protocol):
    """Where a stack runs: it gives one that is ready, and takes it back."""

    def __call__(
        self, console: Console, *, autoscale: bool, extras: Collection[str] = ()
    ) -> AbstractContextManager[Endpoints]:
        """Open the stack, with what `lab up --with` names. Raises `LabError` when it can't."""


def require_none(extras: Collection[str], engine: str) -> None:
    """Raise `LabError` for an engine that has no extras."""
    for extra in extras:
        raise LabError(f"An experiment with {extra} runs on this machine, not on {engine}.")
