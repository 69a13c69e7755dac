"""A trace as Jaeger's HTTP API gives it: gateway, service and database."""

from typing import Any

BEGAN = 1_764_000_052_000_000


def trace(*, error: bool = False) -> dict[str, Any]:
    """Return one trace of four spans whose root has a parent that Jaeger never saw."""
    spans = [
        span("c1", "b1", "p2", "SELECT laptops", 1_020_000, 2_400, {"db.system.name": "sqlite"}),
        span("a0", "ff", "p1", "laptops", 0, 1_131_000, {}),
        span("a1", "a0", "p1", "ReverseProxy", 200, 1_130_500, {}),
        span("b1", "a1", "p2", "GET /laptops", 1_015_000, 115_000, {"http.route": "/laptops"}),
    ]
    if error:
        spans[3]["tags"].append({"key": "error", "type": "bool", "value": True})
    processes = {name: {"serviceName": s, "tags": []} for name, s in NAMES.items()}
    return {"traceID": "ab" * 16, "spans": spans, "processes": processes}


NAMES = {"p1": "gateway", "p2": "laptops"}


def span(  # noqa: PLR0917
    identity: str, parent: str, process: str, name: str, start: int, duration: int,
    tags: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """Return one span; times in microseconds after the trace began."""
    return {
        "spanID": identity,
        "operationName": name,
        "references": [{"refType": "CHILD_OF", "traceID": "ab" * 16, "spanID": parent}],
        "startTime": BEGAN + start,
        "duration": duration,
        "processID": process,
        "tags": [{"key": key, "type": "string", "value": value} for key, value in tags.items()],
    }
