"""How a value of one of Grafana's units is written, and how its axis is."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit: its sign, and its axis' tick format in Plotly's (d3's) words; empty: Plotly's own."""

    sign: str
    ticks: str


UNITS = {
    "short": Unit("", ""),
    "reqps": Unit(" req/s", ""),
    "s": Unit("s", "~s"),
    "percentunit": Unit("", ".2~%"),
    "bytes": Unit("B", "~s"),
    "eps": Unit(" events/s", ""),
}
PLAIN = ("short", "reqps", "eps")

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"))


def written(value: float, unit: str) -> str:
    """Write a value with three digits: 0.25 s is `250 ms`, 0.999 of a share is `99.9 %`."""
    if unit == "percentunit":
        percent = value * 100
        return f"{percent:,.0f} %" if abs(percent) >= 1000 else f"{percent:.3g} %"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}{UNITS[unit].sign}"
    if unit in PLAIN and abs(value) < 1000:
        return f"{value:.3g}{UNITS[unit].sign}"
    size, prefix = next(
        (each for each in _PREFIXES if abs(value) >= each[0] * 0.9995), _PREFIXES[-1]
    )
    return f"{value / size:.3g} {prefix}{UNITS[unit].sign.strip()}".rstrip()
