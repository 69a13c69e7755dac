"""Telemetry that keeps what it is told, with the shape of the real one."""

from typing import Any, NoReturn

import structlog
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry
from structlog.typing import EventDict, FilteringBoundLogger


class RecordedSignals:
    """Has a tracer, a registry and loggers, and shows the spans, samples and lines they got."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider()
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._registry = CollectorRegistry()
        self.lines: list[dict[str, Any]] = []

    @property
    def tracer(self) -> Tracer:
        return self._provider.get_tracer("tests")

    @property
    def registry(self) -> CollectorRegistry:
        return self._registry

    def logger(self, name: str) -> FilteringBoundLogger:
        return structlog.wrap_logger(
            None, processors=[self._keep], wrapper_class=structlog.make_filtering_bound_logger(0)
        ).bind(logger_name=name)

    def _keep(self, _: object, level: str, line: EventDict) -> NoReturn:
        self.lines.append({"level": level, **line})
        raise structlog.DropEvent

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def sample(self, name: str, labels: dict[str, str] | None = None) -> float | None:
        return self._registry.get_sample_value(name, labels or {})
