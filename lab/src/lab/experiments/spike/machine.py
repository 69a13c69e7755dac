"""What the machine did meanwhile: how busy it was, and how long threads waited for a core.

The kernel knows both: `/proc/pressure/cpu` has for how long anything waited, and each thread's
`schedstat` for how long it did. Where a file is absent, that part is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

Pids = Callable[[], Mapping[str, int]]
"""Returns the processes of the lab that run on this machine, by name: `port-0`, `gateway`."""
LOCUST, GATEWAY = "locust", "gateway"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One sample. Times are totals, so the difference of two is what passed between them."""

    time: float
    busy_seconds: float
    """Of all cores together."""
    idle_seconds: float
    pressure_seconds: float | None
    """For how long something waited for a core."""
    run_queue_seconds: Mapping[str, float] = field(default_factory=dict)
    """For how long threads waited, by the process's name."""


class Watcher:
    """Takes samples. A process that is gone keeps what it had waited."""

    def __init__(self, pids: Pids, proc: Path = Path("/proc")) -> None:
        self._pids, self._proc = pids, proc
        self._waited: dict[tuple[str, str], float] = {}

    def look(self) -> Moment:
        """Take a sample now."""
        for name, pid in self._pids().items():
            self._waited |= self._threads(name, pid)
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        return Moment(
            time=time.time(),
            # user, nice, system; then interrupts and what a hypervisor took. Guests are in user.
            busy_seconds=sum(times[:3]) + sum(times[5:8]),
            idle_seconds=idle,
            pressure_seconds=self._pressure(),
            run_queue_seconds=self._by_process(),
        )

    def _threads(self, name: str, pid: int) -> dict[tuple[str, str], float]:
        files = self._proc.glob(f"{pid}/task/*/schedstat")
        return {
            (name, file.parent.name): int(text.split()[1]) / 1e9
            for file in files
            if (text := _read(file))
        }

    def _by_process(self) -> dict[str, float]:
        totals: dict[str, float] = {}
        for (name, _), seconds in self._waited.items():
            totals[name] = totals.get(name, 0.0) + seconds
        return totals

    def _pressure(self) -> float | None:
        text = _read(self._proc / "pressure" / "cpu")
        return int(text.split("total=")[1].split()[0]) / 1e6 if text else None


def busy_percent(moments: Iterable[Moment], start: float, end: float) -> float | None:
    """Return how busy all cores were from `start` to `end`."""
    first, last = _edges(moments, start, end)
    if first is None or last is None:
        return None
    busy = last.busy_seconds - first.busy_seconds
    whole = busy + last.idle_seconds - first.idle_seconds
    return round(100 * busy / whole, 1) if whole else None


def pressure_percent(moments: Iterable[Moment], start: float, end: float) -> float | None:
    """Return for which share of the time something waited for a core."""
    first, last = _edges(moments, start, end)
    if first is None or last is None:
        return None
    if first.pressure_seconds is None or last.pressure_seconds is None:
        return None
    waited = last.pressure_seconds - first.pressure_seconds
    return round(100 * waited / (last.time - first.time), 1)


def run_queue_seconds(
    moments: Iterable[Moment], name: str, start: float, end: float
) -> float | None:
    """Return how long the threads of processes waited whose names begin with `name`."""
    first, last = _edges(moments, start, end)
    if first is None or last is None:
        return None
    rises = [
        total - first.run_queue_seconds.get(process, 0.0)
        for process, total in last.run_queue_seconds.items()
        if process.startswith(name)
    ]
    return sum(rises) if rises else None


def _edges(
    moments: Iterable[Moment], start: float, end: float
) -> tuple[Moment, Moment] | tuple[None, None]:
    within = [moment for moment in moments if start <= moment.time <= end]
    return (within[0], within[-1]) if len(within) > 1 else (None, None)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
