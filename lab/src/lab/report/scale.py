"""Axes: where a value lies and which values get a label. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

STEPS = (1, 2, 2.5, 5, 10)
TIME_STEPS = (5, 10, 15, 30, 60, 120, 300, 600)


@dataclass(frozen=True)
class Scale:
    """Maps [low, high] to [start, end], in pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, to a tenth."""
        share = (value - self.low) / (self.high - self.low or 1)
        return round(self.start + share * (self.end - self.start), 1)


def nice_ticks(high: float, count: int = 4) -> list[float]:
    """Return round values from 0 up to at least `high`, about `count` of them."""
    raw = max(high, 1e-9) / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(step * power for step in STEPS if step * power >= raw * 0.999)
    return [round(step * index, 10) for index in range(math.ceil(high / step - 1e-9) + 1)]


def whole_ticks(high: float, count: int = 4) -> list[float]:
    """Return whole numbers from 0 up to at least `high`: half a replica is none."""
    step = max(1, math.ceil(high / count))
    return [float(step * index) for index in range(math.ceil(high / step) + 1)]


def time_ticks(seconds: float, most: int) -> list[float]:
    """Return moments at round seconds or minutes, at most `most` of them after 0."""
    step = next((step for step in TIME_STEPS if seconds / step <= most), TIME_STEPS[-1])
    return [float(step * index) for index in range(int(seconds // step) + 1)]


def clock(seconds: float) -> str:
    """Write seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
