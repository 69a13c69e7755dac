"""The three backends, asked over their HTTP APIs. Every method raises `httpx.HTTPError`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from lab.experiments.measure.increase import Sample, Series, births_of, total_increase

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from lab.engines.endpoints import Endpoints

TIMEOUT_SECONDS = 10.0
LOOKBACK_SECONDS = 30.0
"""How far before a window a counter is looked up, to know what it began with."""


class Backends:
    """One HTTP client for Prometheus, VictoriaLogs and Jaeger."""

    def __init__(self, endpoints: Endpoints, http: httpx.Client | None = None) -> None:
        self._endpoints = endpoints
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def raw_series(self, selector: str, start: float, end: float) -> list[Series]:
        """Return the samples that Prometheus holds in (start, end], as they were scraped."""
        seconds = max(1, round(end - start))
        result = self._prometheus(f"{selector}[{seconds}s]", end)
        return [Series(each["metric"], _samples(each["values"])) for each in result]

    def rise(self, selector: str, start: float, end: float, *, births: str | None = None) -> int:
        """Return by how much all counters of a selector rose in (start, end], to the request.

        `births` selects when the processes began that hold the counters.
        """
        since = start - LOOKBACK_SECONDS
        counted = self.raw_series(selector, since, end)
        starts = self.raw_series(births, since, end) if births else []
        return total_increase(counted, start, end, births_of(starts))

    def samples(self, selector: str, start: float, end: float) -> list[Sample]:
        """Return the samples of all series of a selector in (start, end], in the order of time."""
        series = self.raw_series(selector, start, end)
        return sorted(sample for each in series for sample in each.samples)

    def values(self, query: str) -> dict[str, float]:
        """Return an instant query's values now, by the label `service`, `job` or whichever is one.

        The query must leave one label at most; a value without a label has the key "".
        """
        result = self._prometheus(query)
        return {next(iter(each["metric"].values()), ""): float(each["value"][1]) for each in result}

    def count_logs(self, query: str, start: float, end: float) -> int:
        """Count the log records of a LogsQL query in [start, end]."""
        lines = self.logs(f"{query} | stats count() as hits", start, end)
        return int(lines[0]["hits"]) if lines else 0

    def logs(self, query: str, start: float, end: float) -> list[dict[str, Any]]:
        """Return the log records of a LogsQL query in [start, end], as flat objects."""
        url = f"{self._endpoints.victorialogs}/select/logsql/query"
        data = {"query": query, "start": f"{start:.6f}", "end": f"{end:.6f}"}
        response = self._http.post(url, data=data).raise_for_status()
        return [json.loads(line) for line in response.text.splitlines() if line]

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """Return one trace in Jaeger's JSON; None when it was not kept."""
        response = self._http.get(f"{self._endpoints.jaeger}/api/traces/{trace_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        traces = response.raise_for_status().json()["data"]
        return traces[0] if traces else None

    def _prometheus(self, query: str, time: float | None = None) -> list[dict[str, Any]]:
        url = f"{self._endpoints.prometheus}/api/v1/query"
        data = {"query": query} | ({} if time is None else {"time": f"{time:.3f}"})
        response = self._http.post(url, data=data).raise_for_status()
        result: list[dict[str, Any]] = response.json()["data"]["result"]
        return result


def _samples(values: list[list[Any]]) -> list[tuple[float, float]]:
    return [(float(time), float(value)) for time, value in values]
