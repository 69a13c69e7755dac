"""Make OTLP by hand and read it back from where it went."""

import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from lab.stack.running import Urls

Attributes = Mapping[str, str | int | float]


def key_values(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def any_value(value: str | float) -> AnyValue:
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value)


def span(
    name: str = "GET /laptops",
    *,
    trace_id: bytes | None = None,
    milliseconds: float = 5,
    error: bool = False,
    message: str = "",
    attributes: Attributes | None = None,
    event: Attributes | None = None,
    server: bool = True,
) -> Span:
    """A finished SERVER span, or CLIENT span, that ends now."""
    end = time.time_ns()
    made = Span(
        trace_id=trace_id or os.urandom(16),
        span_id=os.urandom(8),
        name=name,
        kind=Span.SPAN_KIND_SERVER if server else Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=end - int(milliseconds * 1e6),
        end_time_unix_nano=end,
        attributes=key_values(attributes or {"http.route": "/laptops"}),
        status=Status(code=Status.STATUS_CODE_ERROR if error else 0, message=message),
    )
    if event:
        made.events.add(name="exception", time_unix_nano=end, attributes=key_values(event))
    return made


def log(
    body: str = "http.request",
    *,
    trace_id: bytes | None = None,
    attributes: Attributes | None = None,
) -> LogRecord:
    now = time.time_ns()
    return LogRecord(
        time_unix_nano=now,
        observed_time_unix_nano=now,
        severity_text="INFO",
        severity_number=9,
        body=any_value(body),
        trace_id=trace_id or os.urandom(16),
        span_id=os.urandom(8),
        attributes=key_values(attributes or {}),
    )


class Sender:
    """One process of a service, as the collector sees it. Each call returns when acknowledged."""

    def __init__(
        self,
        endpoint: str,
        *,
        service: str = "laptops",
        instance: str = "one",
        share: str | float | None = None,
    ) -> None:
        """`share` is what the process says about its traces, in percent; None: nothing."""
        self._client = httpx.Client(base_url=endpoint, timeout=30)
        said = {} if share is None else {"traces.sampled_percent": share}
        self._resource = {"service.name": service, "service.instance.id": instance, **said}

    def spans(self, spans: Iterable[Span]) -> None:
        request = ExportTraceServiceRequest()
        item = request.resource_spans.add()
        item.resource.attributes.extend(key_values(self._resource))
        item.scope_spans.add().spans.extend(spans)
        self._post("/v1/traces", request.SerializeToString())

    def logs(self, records: Iterable[LogRecord]) -> None:
        request = ExportLogsServiceRequest()
        item = request.resource_logs.add()
        item.resource.attributes.extend(key_values(self._resource))
        item.scope_logs.add().log_records.extend(records)
        self._post("/v1/logs", request.SerializeToString())

    def _post(self, path: str, body: bytes) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        self._client.post(path, content=body, headers=headers).raise_for_status()


class Reader:
    """What Jaeger, VictoriaLogs and Prometheus answer."""

    def __init__(self, urls: Urls) -> None:
        self._urls = urls
        self._client = httpx.Client(timeout=30)

    def trace(self, trace_id: bytes) -> dict[str, Any] | None:
        """One trace in Jaeger's own form, or None."""
        answer = self._client.get(f"{self._urls.jaeger}/api/traces/{trace_id.hex()}")
        found = answer.json().get("data") if answer.is_success else None
        return found[0] if found else None

    def kept(self, trace_ids: Iterable[bytes]) -> set[bytes]:
        """Those of the traces that Jaeger has."""
        return {trace_id for trace_id in trace_ids if self.trace(trace_id)}

    def log_lines(self, query: str) -> list[dict[str, str]]:
        """What LogsQL finds."""
        answer = self._client.get(
            f"{self._urls.victorialogs}/select/logsql/query", params={"query": query}
        )
        return [json.loads(line) for line in answer.text.splitlines()]

    def count_logs(self, query: str = "*") -> int:
        """How many lines LogsQL finds."""
        return int(self.log_lines(f"{query} | stats count() as lines")[0]["lines"])

    def metric(self, query: str) -> float:
        """The value of a PromQL query; 0 when it finds nothing."""
        found = self.series(query)
        return float(found[0]["value"][1]) if found else 0.0

    def series(self, query: str) -> list[dict[str, Any]]:
        """What PromQL finds now."""
        answer = self._client.get(f"{self._urls.prometheus}/api/v1/query", params={"query": query})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
        return found
