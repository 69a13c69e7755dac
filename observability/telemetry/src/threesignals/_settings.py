"""The settings of one process's telemetry: one frozen object, read once, checked at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast, get_args

from threesignals import names
from threesignals._endpoint import Endpoint, Signal, endpoint
from threesignals._environment import Environment, SettingsError

Implementation = Literal["contrib", "lean"]
LogTarget = Literal["stdout", "otlp", "both"]
# What a caller says about its trace: continued, linked to from a new trace, or not read.
Incoming = Literal["trust", "link", "ignore"]

SAMPLERS = frozenset(
    {
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    }
)
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where telemetry goes and what it costs at most.

    `traces_endpoint` and `logs_endpoint` are None when that signal is not exported. `unused` names
    the variables of OpenTelemetry that are set and change nothing here.
    `distribution` is the installed package whose version is the service's; by default the one that
    has the service's name.
    """

    service_name: str
    distribution: str = ""
    implementation: Implementation = "lean"
    resource_attributes: Mapping[str, str]
    traces_endpoint: Endpoint | None = None
    logs_endpoint: Endpoint | None = None
    sampler: str = "parentbased_always_on"
    sampler_ratio: float = 1.0
    logs: LogTarget = "stdout"
    log_level: str = "info"
    excluded_paths: frozenset[str] = frozenset({"/healthz", "/readyz"})
    incoming: Incoming = "trust"
    untimed_types: frozenset[str] = frozenset({"text/event-stream"})
    untimed_routes: frozenset[str] = frozenset()
    queue_bytes: int = 32 * 2**20
    export_interval_seconds: float = 0.5
    global_providers: bool = True
    slow_seconds: float = 5.0
    runtime_directory: str = ""
    logging_level: str = "warning"
    unused: tuple[str, ...] = ()

    @property
    def unmeasured_paths(self) -> frozenset[str]:
        """Paths that leave no signal: the excluded ones, and the page of metrics itself."""
        return self.excluded_paths | {"/metrics"}

    @classmethod
    def from_env(
        cls,
        service_name: str,
        environ: Mapping[str, str] = os.environ,
        *,
        distribution: str = "",
    ) -> Self:
        """Read `OTEL_*`, `TELEMETRY_*` and `LOG_LEVEL`; raises SettingsError."""
        env = Environment(environ)
        disabled = env.get("OTEL_SDK_DISABLED", "false").lower() == "true"
        traces_endpoint = _endpoint(env, "TRACES", {"otlp", "none"}, disabled=disabled)
        logs_endpoint = _endpoint(env, "LOGS", {"otlp", "none", "console"}, disabled=disabled)
        resource_attributes = env.pairs("OTEL_RESOURCE_ATTRIBUTES")
        named = resource_attributes.get(names.SERVICE_NAME) or service_name
        return cls(
            service_name=env.get("OTEL_SERVICE_NAME", named),
            distribution=distribution,
            implementation=cast(
                Implementation,
                env.choice(
                    "TELEMETRY_IMPLEMENTATION", cls.implementation, get_args(Implementation)
                ),
            ),
            resource_attributes=resource_attributes,
            traces_endpoint=traces_endpoint,
            logs_endpoint=logs_endpoint,
            sampler=env.choice("OTEL_TRACES_SAMPLER", cls.sampler, SAMPLERS),
            sampler_ratio=env.number("OTEL_TRACES_SAMPLER_ARG", cls.sampler_ratio, most=1.0),
            logs=_log_target(env, logs_endpoint),
            log_level=env.choice("LOG_LEVEL", cls.log_level, LOG_LEVELS),
            excluded_paths=env.items("TELEMETRY_EXCLUDED_PATHS", cls.excluded_paths),
            incoming=cast(
                Incoming, env.choice("TELEMETRY_INCOMING", cls.incoming, get_args(Incoming))
            ),
            untimed_types=env.items("TELEMETRY_UNTIMED_TYPES", cls.untimed_types),
            untimed_routes=env.items("TELEMETRY_UNTIMED_ROUTES", cls.untimed_routes),
            queue_bytes=int(env.number("TELEMETRY_QUEUE_BYTES", cls.queue_bytes)),
            export_interval_seconds=env.number(
                "TELEMETRY_EXPORT_INTERVAL_SECONDS", cls.export_interval_seconds
            ),
            slow_seconds=env.number("TELEMETRY_SLOW_SECONDS", cls.slow_seconds),
            global_providers=env.choice("TELEMETRY_GLOBAL_PROVIDERS", "true", ("true", "false"))
            == "true",
            runtime_directory=env.get("TELEMETRY_RUNTIME_DIRECTORY", cls.runtime_directory),
            logging_level=env.choice("TELEMETRY_LOGGING_LEVEL", cls.logging_level, LOG_LEVELS),
            unused=_unused(env),
        )


def _endpoint(
    env: Environment, signal: Signal, exporters: set[str], *, disabled: bool
) -> Endpoint | None:
    """Return where a signal goes, if the exporters that are asked for have OTLP among them."""
    found = endpoint(env, signal)
    return found if "otlp" in _exporters(env, signal, exporters) and not disabled else None


def _exporters(env: Environment, signal: Signal, known: set[str]) -> frozenset[str]:
    name = f"OTEL_{signal}_EXPORTER"
    asked = env.items(name, frozenset({"otlp"}))
    if unknown := asked - known:
        raise SettingsError(f"{name}={min(unknown)!r}: use {', '.join(sorted(known))}")
    return asked


def _log_target(env: Environment, logs_endpoint: Endpoint | None) -> LogTarget:
    console = "console" in env.items("OTEL_LOGS_EXPORTER", frozenset())
    default: LogTarget = "both" if console else "otlp"
    if logs_endpoint is None:
        default = "stdout"
    chosen = cast(LogTarget, env.choice("TELEMETRY_LOGS", default, get_args(LogTarget)))
    if chosen != "stdout" and not logs_endpoint:
        raise SettingsError(f"TELEMETRY_LOGS={chosen}: set OTEL_EXPORTER_OTLP_ENDPOINT as well")
    return chosen


# Read by OpenTelemetry's API or by instrumentors, or true in any case.
_READ_ELSEWHERE = ("OTEL_PROPAGATORS", "OTEL_PYTHON_", "OTEL_SEMCONV_", "OTEL_INSTRUMENTATION_")


def _unused(env: Environment) -> tuple[str, ...]:
    if env.get("OTEL_METRICS_EXPORTER", "prometheus") in ("prometheus", "none"):
        metrics: tuple[str, ...] = ()
    else:
        metrics = ("OTEL_METRICS_EXPORTER",)
    unread = env.unread("OTEL_")
    return (*metrics, *(name for name in unread if not name.startswith(_READ_ELSEWHERE)))
