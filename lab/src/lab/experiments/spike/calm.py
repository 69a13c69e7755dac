"""Wait until this machine has little to do: starting a stack costs more than running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil

from lab.experiments.spike.counting import WAITING

if TYPE_CHECKING:
    from lab.experiments.spike.counting import Waiting

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
    deadline, calm = waiting.clock() + PATIENCE_SECONDS, 0
    while calm < CALM_SECONDS:
        waiting.sleep(1.0)
        latest = busy_percent()
        calm = calm + 1 if latest <= BUSY_PERCENT else 0
        if not calm and waiting.clock() > deadline:
            return latest
    return None
