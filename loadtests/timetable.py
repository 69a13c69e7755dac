"""When a user's requests are due, and which of them it could not send. Pure functions and a clock.

A user waits for its answer before it sends the next request: the load is closed. So that a slow
service cannot hide behind users that wait for it, every user keeps a timetable of one slot each
period, and latency counts from the slot. A slot that passes while the user still waits is missed,
and is told as such.
"""

from __future__ import annotations

import math
import time

PERIOD_SECONDS = 1.0
GOLDEN_RATIO = 0.6180339887498949
_EPOCH = time.time() - time.perf_counter()


def clock() -> float:
    """Return seconds since the epoch, by a clock that is never set back."""
    return _EPOCH + time.perf_counter()


def phase_of(number: int) -> float:
    """Spread users over one period: the n-th user's share of it, in [0, 1).

    Multiples of the golden ratio leave no two users close together, however many there are, so a
    steady load is steady within each second too.
    """
    return number * GOLDEN_RATIO % 1.0


def next_slot(previous: float, now: float, period: float = PERIOD_SECONDS) -> float:
    """Return the slot after the previous one, or the latest that has passed."""
    return previous + period * max(1, math.floor((now - previous) / period))


def slots_between(previous: float, following: float, period: float = PERIOD_SECONDS) -> list[float]:
    """Return the slots after `previous` and before `following`: those that were missed."""
    count = round((following - previous) / period)
    return [previous + period * number for number in range(1, count)]
