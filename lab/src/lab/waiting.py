"""Wait for what happens elsewhere: every deadline of the lab is one of these two."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Waiting(NamedTuple):
    """How time passes; a test replaces it."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


WAITING = Waiting()


class Settled(NamedTuple, Generic[T]):
    """What was read last, and whether it had stopped to move."""

    value: T
    quiet: bool


def wait_until(
    condition: Callable[[], T], *, seconds: float, every: float = 0.1, waiting: Waiting = WAITING
) -> T:
    """Ask until the answer is true or the time is up, at least once; return the last answer."""
    deadline = waiting.clock() + seconds
    while not (answer := condition()) and waiting.clock() < deadline:
        waiting.sleep(every)
    return answer


def settled(
    read: Callable[[], T],
    *,
    quiet_seconds: float,
    seconds: float,
    every: float = 1.0,
    waiting: Waiting = WAITING,
) -> Settled[T]:
    """Read until nothing has moved for `quiet_seconds`, or the time is up."""
    value, since = read(), waiting.clock()

    def quiet() -> bool:
        nonlocal value, since
        if (latest := read()) != value:
            value, since = latest, waiting.clock()
        return waiting.clock() - since >= quiet_seconds

    waiting.sleep(every)
    stopped = wait_until(quiet, seconds=seconds, every=every, waiting=waiting)
    return Settled(value, stopped)
