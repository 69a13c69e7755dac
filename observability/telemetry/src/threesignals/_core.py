"""The framework-free core: one object that holds a process's telemetry."""

import atexit
import logging
import multiprocessing.util
import os
import threading
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from opentelemetry.trace import Tracer, TracerProvider
from prometheus_client import CollectorRegistry

from threesignals import _exposition, _globals, _logs, names
from threesignals._clock import CLOCK
from threesignals._endpoint import Endpoint
from threesignals._environment import SettingsError
from threesignals._existing import Page
from threesignals._export.health import Health
from threesignals._export.metrics import ExportMetrics
from threesignals._export.otlp import SCOPE, Envelope, log_record
from threesignals._export.outbox import Outbox
from threesignals._export.pipeline import Lane, Pipeline, Wrap, encoding
from threesignals._export.transport import Outcome, Sender, Transport
from threesignals._log_record import LogRecord
from threesignals._red import RequestDurations
from threesignals._resource import resource_attributes
from threesignals._settings import Settings
from threesignals._standard_logging import capture
from threesignals._witness import Witness
from threesignals._workers.families import Families
from threesignals._workers.member import Workers

if TYPE_CHECKING:
    from threesignals._lean.server import Requests


class Telemetry:
    """Traces, metrics and logs of one process.

    Making one is cheap and starts no thread; threads start with the first finished item, so that
    a server may fork after the application is built. `shutdown` also runs when the process exits
    by itself. `connect` makes the sender for an OTLP endpoint; tests give their own.
    """

    requests: "Requests"

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Callable[[Endpoint], Sender] | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self.settings = settings
        self.log_level = settings.log_level
        """The lowest level that code's own lines need; it may be changed at any time."""
        self.resource = resource_attributes(settings)
        self.registry: CollectorRegistry = registry or CollectorRegistry()
        self.durations = RequestDurations()
        self._sampled_percent: float | None = None
        self._health = Health(self._announce, self._taken)
        # A log that a test keeps in memory is looked at there.
        self._echo = settings.logs == "otlp" and connect is None
        self.when_logs_arrive: list[Callable[[], None]] = []
        self.lanes = self._build_lanes(connect or Transport)
        self.pipeline = Pipeline(
            tuple(self.lanes.values()), interval_seconds=settings.export_interval_seconds
        )
        self._warned: set[str] = set()
        self._samples = _exposition.Samples(self.registry, self.warn)
        self.workers = Workers(
            self._own_samples,
            service=settings.service_name,
            place=settings.runtime_directory,
            warn=self.warn,
        )
        self.witness = Witness(self.durations.active, self.log, slow_seconds=settings.slow_seconds)
        self._closing = threading.Lock()
        self.provider: TracerProvider = self._build_provider()
        self.tracer: Tracer = self.provider.get_tracer(SCOPE)
        self._register()

    @classmethod
    def from_env(cls, service_name: str, *, distribution: str = "") -> Self:
        """Read the environment as `Settings.from_env` does; raises SettingsError."""
        telemetry = cls(Settings.from_env(service_name, distribution=distribution))
        if unused := telemetry.settings.unused:
            telemetry._announce("warning", "telemetry.settings.unused", variables=", ".join(unused))
        return telemetry

    def logger(self, name: str) -> _logs.BoundLogger:
        """Return a structlog logger whose lines carry the current trace and no secrets."""
        return _logs.logger(name, self.log, lambda: self.log_level)

    def log(self, record: LogRecord) -> None:
        """Take one finished line to where the settings say."""
        if self.prints_logs:
            self.stdout(record)
        if self.settings.logs != "stdout":
            self.pipeline.put(record)

    @property
    def prints_logs(self) -> bool:
        """Whether lines go to standard output now: also until the collector has taken the first."""
        return self._echo or self.settings.logs != "otlp"

    @cached_property
    def stdout(self) -> _logs.Sink:
        """Lines on standard output, in the form that suits it."""
        return _logs.stdout_sink(self.resource)

    def capture_standard_logging(self, level: str | None = None) -> None:
        """Send what is logged through `logging` to the same place, from `level` up.

        By default the level of the settings. A process has one such place: the last that is named.
        """
        name = level or self.settings.logging_level
        capture(self.log, logging.getLevelNamesMapping()[name.upper()])

    def keep_share(self, percent: float | None) -> None:
        """Ask the collector to keep this share of ordinary traces from now on, 0 to 100.

        Spans say it, all are sent, and the collector decides after it has counted them. None leaves
        the share to the collector.
        """
        self._sampled_percent = percent
        if traces := self.lanes.get("traces"):
            traces.wrap = self._envelope("traces")

    def instrument(self, kind: str, target: object) -> None:
        """Instrument `target` with the chosen implementation's adapter of that kind."""
        self._implementation(kind).instrument(target, self)

    def _implementation(self, part: str) -> Any:  # noqa: ANN401 (a module)
        name = self.settings.implementation
        try:
            return import_module(f"threesignals._{name}.{part}")
        except ModuleNotFoundError as missing:
            raise SettingsError(
                f"TELEMETRY_IMPLEMENTATION={name}: {missing}; install threesignals[{name}]"
            ) from missing

    def set_global(self) -> None:
        """Let OpenTelemetry's API give this telemetry: `trace.get_tracer`, `metrics.get_meter`.

        `init_app` does it, unless the settings say no. Providers that the application set stay.
        """
        if self.settings.global_providers:
            _globals.install(self)

    def metrics_page(self, accept: str, existing: Page | None = None) -> tuple[bytes, str]:
        """Return the body and the content type of `/metrics`, up to the last finished request.

        Of all workers when the server has several; it may then wait for them, for a second at most.
        Of the application's own page it has what is nowhere else, of the worker that answers.
        """
        samples = self.workers.page()
        page = _exposition.target(self.resource, several=self.workers.several)
        page.add(samples)
        try:
            page.add_missing(existing.families() if existing else Families())
        except ValueError as failure:
            self.warn(f"the application's own page cannot be read: {failure}")
        return _exposition.render(page, accept)

    def flush(self, timeout_seconds: float = 5.0) -> bool:
        """Send all that is finished; False when the collector did not take it in time."""
        return self.pipeline.flush(CLOCK.seconds() + timeout_seconds)

    def shutdown(self, timeout_seconds: float = 5.0) -> None:
        """Send what is left, taking no longer than `timeout_seconds`; safe to call twice."""
        if self._closing.acquire(blocking=False):
            _globals.forget(self)
            self.witness.close()
            self.pipeline.close(CLOCK.seconds() + timeout_seconds)
            self.workers.leave()

    def _build_lanes(self, connect: Callable[[Endpoint], Sender]) -> dict[str, Lane]:
        settings = self.settings
        endpoints = {"traces": settings.traces_endpoint, "logs": settings.logs_endpoint}
        return {
            signal: Lane(
                Outbox(
                    connect(endpoint),
                    signal=signal,
                    limit_bytes=settings.queue_bytes,
                    watch=self._watcher(signal, endpoint.url),
                ),
                self._envelope(signal),
            )
            for signal, endpoint in endpoints.items()
            if endpoint
        }

    def _watcher(self, signal: str, url: str) -> Callable[[Outcome, str], None]:
        def watch(outcome: Outcome, reason: str) -> None:
            if outcome is Outcome.SENT:
                self._health.taken(signal, url)
            else:
                self._health.failed(signal, url, reason)

        return watch

    def _taken(self, signal: str) -> None:
        """Stop printing lines with the first that the collector has taken."""
        if signal == "logs" and self._echo:
            self._echo = False
            for callback in self.when_logs_arrive:
                callback()

    def _announce(self, level: str, event: str, /, **fields: str) -> None:
        """Say something about telemetry itself, where it is seen also when export fails."""
        logger = _logs.logger(SCOPE, self._everywhere, lambda: _logs.LOWEST)
        with suppress(OSError, ValueError):  # standard output may be closed
            getattr(logger, level)(event, **fields)

    def _everywhere(self, record: LogRecord) -> None:
        if self.settings.logs != "stdout":
            self.pipeline.put(record)
        self.stdout(record)

    def _envelope(self, signal: str) -> Wrap:
        resource: dict[str, Any] = dict(self.resource)
        if signal == "traces" and self._sampled_percent is not None:
            resource[names.TRACES_SAMPLED_PERCENT] = self._sampled_percent
        return Envelope(resource).wrap

    def _build_provider(self) -> TracerProvider:
        if logs_lane := self.lanes.get("logs"):
            self.pipeline.handle({LogRecord: encoding(log_record, logs_lane)})
        provider: TracerProvider = self._implementation("provider").build_provider(self)
        return provider

    def _own_samples(self) -> Families:
        self.pipeline.drain()
        return self._samples.families()

    def warn(self, reason: str) -> None:
        """Say once why `/metrics` does not show everything."""
        if reason not in self._warned:
            self._warned.add(reason)
            self._announce("warning", "telemetry.metrics.incomplete", reason=reason)

    def _register(self) -> None:
        _exposition.fill(self.registry, self.durations, ExportMetrics(self.pipeline))
        child = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (reset := child()) and reset())
        atexit.register(self.shutdown)
        # A multiprocessing worker (granian) leaves by os._exit, which runs finalizers only.
        multiprocessing.util.Finalize(None, self.shutdown, exitpriority=100)

    def _after_fork(self) -> None:
        """Let a child be a process of its own, which sends its own items only."""
        self._closing = threading.Lock()
        self.resource |= {names.SERVICE_INSTANCE_ID: str(uuid.uuid4())}
        self._samples.forget()
        self.durations.reset()
        self._health.reset()
        self.witness.reset()
        self.pipeline.reset()
        self.workers.reset()
        for signal, lane in self.lanes.items():
            lane.wrap = self._envelope(signal)
