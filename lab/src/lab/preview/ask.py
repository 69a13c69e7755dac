"""A panel's questions, asked as Grafana asks them, and the answers in one shape each.

Times are seconds since the epoch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.preview.fetch import Fetcher
    from lab.preview.model import Target

POINTS = 200
"""About how many values a line gets."""

SCRAPE_SECONDS = 5.0
"""The slowest scrape interval of the lab; Grafana is told the same."""

MIN_STEP_SECONDS = 5.0


@dataclass(frozen=True)
class LabelledPoints:
    """One line: its labels, and (time, value) pairs; values that are not numbers are left out."""

    labels: dict[str, str]
    points: list[tuple[float, float]]

    @property
    def last(self) -> float:
        """The newest value."""
        return self.points[-1][1]


@dataclass(frozen=True)
class Dot:
    """An exemplar: one request on a line."""

    time: float
    value: float
    trace_id: str


@dataclass(frozen=True)
class Window:
    """The time range, the step between values, and what the dashboard's variables stand for."""

    start: float
    end: float
    variables: dict[str, str]

    @property
    def step(self) -> float:
        """Return seconds between two values."""
        return max(MIN_STEP_SECONDS, round((self.end - self.start) / POINTS))

    def fill(self, text: str) -> str:
        """Put values in the place of Grafana's variables."""
        rate = max(self.step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)
        known = self.variables | {"__rate_interval": f"{rate:g}s", "__interval": f"{self.step:g}s"}
        return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], found[0]), text)


def series(fetcher: Fetcher, expr: str, window: Window) -> list[LabelledPoints]:
    """Ask Prometheus for values over the window."""
    params = _range(window) | {"query": window.fill(expr), "step": f"{window.step:g}"}
    return [
        LabelledPoints(each["metric"], _numbers(each["values"]))
        for each in _result(fetcher.get("prometheus", "/api/v1/query_range", params))
        if _numbers(each["values"])
    ]


def latest(fetcher: Fetcher, expr: str, window: Window) -> list[LabelledPoints]:
    """Ask Prometheus for the values at the window's end."""
    params = {"query": window.fill(expr), "time": f"{window.end:.3f}"}
    return [
        LabelledPoints(each["metric"], _numbers([each["value"]]))
        for each in _result(fetcher.get("prometheus", "/api/v1/query", params))
        if _numbers([each["value"]])
    ]


def exemplars(fetcher: Fetcher, expr: str, window: Window) -> list[Dot]:
    """Ask Prometheus for single requests that the series remember; the slowest two of each step."""
    params = _range(window) | {"query": window.fill(expr)}
    answer = fetcher.get("prometheus", "/api/v1/query_exemplars", params)
    found = [dot for each in (answer or {}).get("data") or [] for dot in each["exemplars"]]
    dots = [
        Dot(float(dot["timestamp"]), float(dot["value"]), dot["labels"].get("trace_id", ""))
        for dot in found
    ]
    return _thinned(dots, window.step)


def _thinned(dots: list[Dot], step: float, most: int = 2) -> list[Dot]:
    kept: dict[int, list[Dot]] = {}
    for dot in sorted(dots, key=lambda dot: -dot.value):
        slot = kept.setdefault(int(dot.time // step), [])
        if len(slot) < most:
            slot.append(dot)
    return sorted((dot for slot in kept.values() for dot in slot), key=lambda dot: dot.time)


def log_lines(fetcher: Fetcher, expr: str, window: Window, limit: int = 20) -> list[dict[str, str]]:
    """Ask VictoriaLogs for the newest lines, newest first."""
    params = _range(window) | {
        "query": f"{window.fill(expr)} | sort by (_time) desc",
        "limit": str(limit),
    }
    found: list[dict[str, str]] = fetcher.get("victorialogs", "/select/logsql/query", params)
    return found


def traces(fetcher: Fetcher, target: Target, window: Window) -> list[dict[str, Any]]:
    """Ask Jaeger for the newest traces: id, root's name, start, duration in seconds, spans."""
    search = {key: window.fill(str(value)) for key, value in target.search.items()}
    if tags := search.pop("tags", ""):
        search["tags"] = _as_json(tags)
    micros = {"start": f"{window.start * 1e6:.0f}", "end": f"{window.end * 1e6:.0f}"}
    answer = fetcher.get("jaeger", "/api/traces", search | micros)
    return [_trace(trace) for trace in (answer or {}).get("data") or []]


def _trace(trace: dict[str, Any]) -> dict[str, Any]:
    spans = trace["spans"]
    first = min(spans, key=lambda span: span["startTime"])
    end = max(span["startTime"] + span["duration"] for span in spans)
    return {
        "trace": trace["traceID"],
        "name": first["operationName"],
        "start": first["startTime"] / 1e6,
        "duration": (end - first["startTime"]) / 1e6,
        "spans": len(spans),
    }


def _range(window: Window) -> dict[str, str]:
    return {"start": f"{window.start:.3f}", "end": f"{window.end:.3f}"}


def _result(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    result: list[dict[str, Any]] = answer["data"]["result"] if answer else []
    return result


def _numbers(values: list[list[Any]]) -> list[tuple[float, float]]:
    return [(time, float(value)) for time, value in values if value not in {"NaN", "+Inf", "-Inf"}]


def _as_json(logfmt: str) -> str:
    pairs = (pair.split("=", 1) for pair in logfmt.split())
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in pairs) + "}"
