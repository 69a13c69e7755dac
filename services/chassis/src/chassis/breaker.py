"""A circuit breaker: when a service that we ask keeps failing, stop asking for a while.

Unlike pybreaker's it holds no lock during a call, so that one slow answer doesn't line up all
the others behind it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class CircuitOpenError(Exception):
    """The call was not made: the last ones failed."""


class CircuitBreaker:
    """Opens after `failures` failed calls in a row; after `rest_seconds` lets one call try.

    While that one call is out, others are still refused. Its success closes the circuit.
    """

    def __init__(
        self,
        *,
        failures: int,
        rest_seconds: float,
        counts: type[Exception] | tuple[type[Exception], ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._rest_seconds = rest_seconds
        self._counts = counts
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._refuse_until = 0.0

    def call(self, action: Callable[[], T]) -> T:
        """Run `action`, or raise `CircuitOpenError` without running it."""
        self._admit()
        try:
            answer = action()
        except self._counts:
            self._record_failure()
            raise
        self._record_success()
        return answer

    def _admit(self) -> None:
        with self._lock:
            if self._failed < self._limit:
                return
            now = self._clock()
            if now < self._refuse_until:
                raise CircuitOpenError
            self._refuse_until = now + self._rest_seconds  # this call is the trial

    def _record_failure(self) -> None:
        with self._lock:
            self._failed += 1
            self._refuse_until = self._clock() + self._rest_seconds

    def _record_success(self) -> None:
        with self._lock:
            self._failed = 0
