"""From Jaeger's JSON to the bars of a waterfall. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.experiments.spike.story import Span
from threesignals import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHOWN_ATTRIBUTES = (
    names.HTTP_REQUEST_METHOD,
    names.HTTP_ROUTE,
    names.HTTP_RESPONSE_STATUS_CODE,
    names.URL_PATH,
    names.DB_SYSTEM_NAME,
    names.DB_QUERY_TEXT,
    names.ERROR_TYPE,
    names.SERVICE_INSTANCE_ID,
)


def waterfall(trace: Mapping[str, Any] | None) -> list[Span]:
    """Order a trace's spans as a tree, parents before children and each level by its begin.

    A span whose parent is not in the trace stands at the top: the client's own span never is.
    """
    if trace is None or not trace["spans"]:
        return []
    spans = sorted(trace["spans"], key=lambda span: span["startTime"])
    began = spans[0]["startTime"]
    known = {span["spanID"] for span in spans}
    children: dict[str | None, list[dict[str, Any]]] = {}
    for span in spans:
        parent = _parent(span)
        children.setdefault(parent if parent in known else None, []).append(span)
    return [
        _bar(span, trace["processes"], depth, began) for span, depth in _walk(children, None, 0)
    ]


def _walk(
    children: Mapping[str | None, list[dict[str, Any]]], parent: str | None, depth: int
) -> Iterator[tuple[dict[str, Any], int]]:
    for span in children.get(parent, []):
        yield span, depth
        yield from _walk(children, span["spanID"], depth + 1)


def _parent(span: Mapping[str, Any]) -> str | None:
    references = span.get("references") or []
    return next((each["spanID"] for each in references if each["refType"] == "CHILD_OF"), None)


def _bar(span: Mapping[str, Any], processes: Mapping[str, Any], depth: int, began: float) -> Span:
    process = processes[span["processID"]]
    tags = {tag["key"]: str(tag["value"]) for tag in [*process.get("tags", []), *span["tags"]]}
    return Span(
        service=process["serviceName"],
        name=span["operationName"],
        depth=depth,
        start_ms=(span["startTime"] - began) / 1000,
        duration_ms=span["duration"] / 1000,
        error=tags.get("error", "").lower() == "true" or tags.get("otel.status_code") == "ERROR",
        attributes={key: tags[key] for key in SHOWN_ATTRIBUTES if key in tags},
    )
