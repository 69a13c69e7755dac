"""The settings of one process's telemetry: one frozen object, read once, checked at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast, get_args
from urllib.parse import unquote

from threesignals import names

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


class SettingsError(ValueError):
    """An environment variable has a value that cannot be used; the message names both."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where telemetry goes and what it costs at most.

    `traces_endpoint` and `logs_endpoint` are full URLs, or None when that signal is not exported.
    `distribution` is the installed package whose version is the service's; by default the one that
    has the service's name.
    """

    service_name: str
    distribution: str = ""
    implementation: Implementation = "lean"
    resource_attributes: Mapping[str, str]
    traces_endpoint: str | None = None
    logs_endpoint: str | None = None
    headers: Mapping[str, str]
    compress: bool = False
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
    runtime_directory: str = ""

    @classmethod
    def from_env(
        cls,
        service_name: str,
        environ: Mapping[str, str] = os.environ,
        *,
        distribution: str = "",
    ) -> Self:
        """Read `OTEL_*`, `TELEMETRY_*` and `LOG_LEVEL`; raises SettingsError."""
        env = _Environment(environ)
        disabled = env.get("OTEL_SDK_DISABLED", "false").lower() == "true"
        logs_endpoint = None if disabled else env.endpoint("LOGS")
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
            traces_endpoint=None if disabled else env.endpoint("TRACES"),
            logs_endpoint=logs_endpoint,
            headers=env.pairs("OTEL_EXPORTER_OTLP_HEADERS"),
            compress=env.choice("OTEL_EXPORTER_OTLP_COMPRESSION", "none", ("none", "gzip"))
            == "gzip",
            sampler=env.choice("OTEL_TRACES_SAMPLER", cls.sampler, SAMPLERS),
            sampler_ratio=env.number("OTEL_TRACES_SAMPLER_ARG", cls.sampler_ratio, most=1.0),
            logs=env.log_target(logs_endpoint),
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
            global_providers=env.choice("TELEMETRY_GLOBAL_PROVIDERS", "true", ("true", "false"))
            == "true",
            runtime_directory=env.get("TELEMETRY_RUNTIME_DIRECTORY", cls.runtime_directory),
        )


class _Environment:
    """Reads variables; an empty one counts as unset, as OpenTelemetry specifies."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: "frozenset[str] | tuple[str, ...]") -> str:
        value = self.get(name, default).lower()
        if value not in allowed:
            raise SettingsError(f"{name}={value!r}: use one of {', '.join(sorted(allowed))}")
        return value

    def number(self, name: str, default: float, most: float = float("inf")) -> float:
        text = self.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            raise SettingsError(f"{name}={text!r}: not a number") from None
        if not 0 <= value <= most:
            raise SettingsError(f"{name}={text!r}: not between 0 and {most}")
        return value

    def pairs(self, name: str) -> dict[str, str]:
        """Read `key=value,key=value`, percent-encoded."""
        pairs = [item.partition("=") for item in self.get(name, "").split(",") if item.strip()]
        if any(not equals for _, equals, _ in pairs):
            raise SettingsError(f"{name}: write it as key=value,key=value")
        return {unquote(key.strip()): unquote(value.strip()) for key, _, value in pairs}

    def items(self, name: str, default: frozenset[str]) -> frozenset[str]:
        """Read `one,two`."""
        text = self.get(name, "")
        return frozenset(item.strip() for item in text.split(",")) if text else default

    def endpoint(self, signal: Literal["TRACES", "LOGS"]) -> str | None:
        """Return a signal's URL: its own variable as it is, or the common one and its path."""
        if self.get(f"OTEL_{signal}_EXPORTER", "otlp") == "none":
            return None
        common = self.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        derived = f"{common.rstrip('/')}/v1/{signal.lower()}" if common else ""
        name = f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"
        url = self.get(name, derived)
        if url and not url.startswith(("http://", "https://")):
            raise SettingsError(f"{name}={url!r}: OTLP goes over HTTP here; use an http(s) URL")
        return url or None

    def log_target(self, logs_endpoint: str | None) -> LogTarget:
        default = "otlp" if logs_endpoint else "stdout"
        chosen = cast(LogTarget, self.choice("TELEMETRY_LOGS", default, get_args(LogTarget)))
        if chosen != "stdout" and not logs_endpoint:
            raise SettingsError(f"TELEMETRY_LOGS={chosen}: set OTEL_EXPORTER_OTLP_ENDPOINT as well")
        return chosen
