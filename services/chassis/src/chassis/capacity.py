"""What a replica takes on: so many requests at once, so many that wait, and each only so long.

Whoever would wait in vain is told so at once: a caller that knows can go elsewhere, and a request
that is answered after its caller has left is work for nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock
from typing import Literal

from prometheus_client import CollectorRegistry, Counter

from chassis.problems import Kind, problem

LONGEST_LINE = 128
"""Requests of one replica that may wait. A bound on its memory and its threads, not on time."""

SHED_REQUESTS = "http_server_shed_requests_total"
Reason = Literal["line_full", "waited_too_long"]
REASONS: tuple[Reason, ...] = ("line_full", "waited_too_long")

OVERLOADED = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded",
    "The service is busy",
    "More is asked of the service than it can answer now. Nothing is wrong with the request.",
    headers={"Retry-After": "1"},
)
BODY = problem(OVERLOADED, OVERLOADED.detail or "")


class OverloadedError(Exception):
    """A request gets no place; `reason` is for the metric."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Places:
    """Places for threads, given in the order in which they were asked for.

    A semaphore lets whoever comes just then take the place that somebody waits for, so that a few
    wait in vain while everybody else is served.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._turns: deque[Lock] = deque()
        self._changing = Lock()

    def take(self, seconds: float = 0.0) -> bool:
        """Take a place, waiting at most so long for one; False if there was none."""
        with self._changing:
            if self._free:
                self._free -= 1
                return True
            if not seconds:
                return False
            turn = Lock()
            turn.acquire()
            self._turns.append(turn)
        return turn.acquire(timeout=seconds) or not self._left(turn)

    def _left(self, turn: Lock) -> bool:
        """Leave the line; False if the place was given just then."""
        with self._changing:
            waits = turn in self._turns
            if waits:
                self._turns.remove(turn)
            return waits

    def give_back(self) -> None:
        """Give the place to who has waited longest, or back."""
        with self._changing:
            if self._turns:
                self._turns.popleft().release()
            else:
                self._free += 1


class Line:
    """Those who wait for a place; counts those who are turned away, and why.

    It is for an event loop or for threads: the count of those who wait may be off by a thread or
    two, which a bound on memory can bear.
    """

    def __init__(self, *, seconds: float, registry: CollectorRegistry) -> None:
        self.seconds = seconds
        self._waiting = 0
        self._shed = Counter(
            SHED_REQUESTS,
            "Requests answered with 503 for want of a place. Panel: requests turned away.",
            ["reason"],
            registry=registry,
        )
        for reason in REASONS:
            self._shed.labels(reason)  # there from the start, so that the first one is an increase

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Wait in line while the block runs; raise `OverloadedError` if the line is too long."""
        if self._waiting >= LONGEST_LINE:
            raise OverloadedError("line_full")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def turned_away(self, error: OverloadedError) -> None:
        """Count a request that got no place."""
        self._shed.labels(error.reason).inc()
