"""Wait until this machine has little to do: starting a stack costs more than running it."""

from __future__ import annotations

from collections.abc import Callable

import psutil

from lab.waiting import WAITING, Waiting, wait_until

BUSY_PERCENT = 50.0
"""Of all cores. A stack at rest takes less, on a cluster of one small node too."""

CALM_SECONDS = 5
PATIENCE_SECONDS = 60.0


def wait_for_calm(
    busy_percent: Callable[[], float] = psutil.cpu_percent, *, waiting: Waiting = WAITING
) -> float | None:
    """Wait until no second of the last five was busier than BUSY_PERCENT.

    Gives up after a minute, because some machines are never calm, and returns how busy the last
    second was, in percent of all cores. Returns None once it is calm.
    """
    busy_percent()  # the next call measures from here
    calm, latest = 0, 0.0

    def is_calm() -> bool:
        nonlocal calm, latest
        latest = busy_percent()
        calm = calm + 1 if latest <= BUSY_PERCENT else 0
        return calm >= CALM_SECONDS

    waiting.sleep(1.0)
    wait_until(is_calm, seconds=PATIENCE_SECONDS, every=1.0, waiting=waiting)
    return None if calm else latest
