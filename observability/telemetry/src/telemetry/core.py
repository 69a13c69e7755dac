"""The framework-free core: one object that holds a process's telemetry."""

import atexit
import logging
import multiprocessing.util
import os
import threading
import time
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any, Self

from opentelemetry.trace import Tracer, TracerProvider
from prometheus_client import CollectorRegistry

from telemetry import exposition, logs
from telemetry.export.otlp import Envelope, log_record, span
from telemetry.export.outbox import Outbox
from telemetry.export.pipeline import Pipeline
from telemetry.export.transport import Transport
from telemetry.log_record import LogRecord
from telemetry.red import RequestDurations
from telemetry.resource import resource_attributes
from telemetry.settings import Settings

SCOPE = "laptop-lab-telemetry"
SCOPE_VERSION = "0.1.0"


class Telemetry:
    """Traces, metrics and logs of one process.

    Making one is cheap and starts no thread; threads start with the first item to export, so that
    a server may fork after the application is built. `shutdown` is also run when the process
    exits by itself.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.resource = resource_attributes(settings)
        self.registry: CollectorRegistry = exposition.registry(self.resource)
        self.durations = RequestDurations()
        self._spans = self._pipeline("traces", settings.traces_endpoint, span)
        self._log_records = self._pipeline("logs", settings.logs_endpoint, log_record)
        self._log_sink = self._choose_log_sink()
        self._closed = threading.Lock()
        self.provider: TracerProvider = self._build_provider()
        self.tracer: Tracer = self.provider.get_tracer(SCOPE, SCOPE_VERSION)
        self._register()

    @classmethod
    def from_env(cls, service_name: str) -> Self:
        """Read `OTEL_*`, `TELEMETRY_*` and `LOG_LEVEL`; raises SettingsError."""
        return cls(Settings.from_env(service_name))

    def logger(self, name: str) -> logs.BoundLogger:
        """Return a structlog logger whose lines carry the current trace and no secrets."""
        return logs.logger(name, self._log_sink, self.settings.log_level)

    def capture_standard_logging(self, level: int = logging.WARNING) -> None:
        """Send what libraries log through `logging` to the same place; once per process."""
        root = logging.getLogger()
        if not any(isinstance(handler, logs.StandardHandler) for handler in root.handlers):
            handler = logs.StandardHandler(self._log_sink)
            handler.setLevel(level)
            root.addHandler(handler)

    def metrics_page(self, accept: str) -> tuple[bytes, str]:
        """Return the body and the content type of `/metrics`, up to the last finished request."""
        return exposition.render(self.registry, accept)

    def flush(self, timeout_seconds: float = 5.0) -> bool:
        """Send all that is finished; False when the collector did not take it in time."""
        deadline = time.monotonic() + timeout_seconds
        flushed = [pipeline.flush(deadline) for pipeline in self._pipelines]
        return all(flushed)

    def shutdown(self, timeout_seconds: float = 5.0) -> None:
        """Send what is left, taking no longer than `timeout_seconds`; safe to call twice."""
        if not self._closed.acquire(blocking=False):
            return
        deadline = time.monotonic() + timeout_seconds
        for pipeline in self._pipelines:
            pipeline.close(deadline)

    def instrument(self, kind: str, target: object) -> None:
        """Instrument `target` with the chosen implementation's adapter of that kind."""
        module = import_module(f"telemetry.contrib.{kind}")
        module.instrument(target, self)

    @property
    def _pipelines(self) -> tuple["Pipeline[Any]", ...]:
        return self._spans, self._log_records

    def _pipeline(
        self, signal: str, endpoint: str | None, encode: Callable[[Any], bytes | None]
    ) -> "Pipeline[Any]":
        settings = self.settings
        outbox = endpoint and Outbox(
            Transport(endpoint, headers=settings.headers, compress=settings.compress),
            signal=signal,
            limit_bytes=settings.queue_bytes,
        )
        envelope = Envelope(self.resource, SCOPE, SCOPE_VERSION)
        return Pipeline(
            encode,
            envelope.wrap,
            outbox or None,
            interval_seconds=settings.export_interval_seconds,
        )

    def _choose_log_sink(self) -> logs.Sink:
        target = self.settings.logs
        if target == "otlp":
            return self._log_records.put
        to_stdout = logs.stdout_sink(self.resource)
        if target == "stdout":
            return to_stdout

        def both(record: LogRecord) -> None:
            to_stdout(record)
            self._log_records.put(record)

        return both

    def _build_provider(self) -> TracerProvider:
        from telemetry.contrib.provider import build_provider  # noqa: PLC0415 (chosen by a setting)

        return build_provider(
            self.settings, self.resource, self.durations, self._log_sink, self._spans
        )

    def _register(self) -> None:
        outboxes = [pipeline.outbox for pipeline in self._pipelines if pipeline.outbox]
        self.registry.register(self.durations)
        self.registry.register(exposition.ExportMetrics(outboxes))
        forget = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())
        atexit.register(self.shutdown)
        # A multiprocessing worker (granian) leaves by os._exit, which runs finalizers only.
        multiprocessing.util.Finalize(None, self.shutdown, exitpriority=100)

    def _after_fork(self) -> None:
        """Let a child send its own items only."""
        self._closed = threading.Lock()
        for pipeline in self._pipelines:
            pipeline.reset()
