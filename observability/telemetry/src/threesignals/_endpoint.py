"""Where one signal goes, and how: what the OTLP variables say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from threesignals._environment import Environment, SettingsError

Signal = Literal["TRACES", "LOGS"]
SPOKEN = "http/protobuf"
_PROTOCOLS = (SPOKEN, "http/json", "grpc")
# The specification counts in milliseconds and OpenTelemetry's SDK for Python in seconds. Nobody
# means a timeout of less than this many milliseconds, nor of more seconds.
_SECONDS_BELOW = 100.0


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An OTLP endpoint over HTTP. `certificate` and the next two are files, empty when not given.

    `asked_protocol` is what the environment asks for; what is spoken is `http/protobuf`.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    compress: bool = False
    timeout_seconds: float = 10.0
    certificate: str = ""
    client_certificate: str = ""
    client_key: str = ""
    asked_protocol: str = SPOKEN


def endpoint(env: Environment, signal: Signal) -> Endpoint | None:
    """Return where a signal goes; None when nothing says where, or when it is switched off."""
    url = _url(env, signal)
    read = _ForSignal(env, signal)
    found = Endpoint(
        url=url,
        headers=read.pairs("HEADERS"),
        compress=env.choice(*read.named("COMPRESSION", "none"), ("none", "gzip")) == "gzip",
        timeout_seconds=_seconds(env.number(*read.numbered("TIMEOUT", 10_000.0))),
        certificate=env.file(*read.named("CERTIFICATE", "")),
        client_certificate=env.file(*read.named("CLIENT_CERTIFICATE", "")),
        client_key=env.file(*read.named("CLIENT_KEY", "")),
        asked_protocol=env.choice(*read.named("PROTOCOL", SPOKEN), _PROTOCOLS),
    )
    return found if url else None


def _seconds(value: float) -> float:
    return value if value < _SECONDS_BELOW else value / 1000


def _url(env: Environment, signal: Signal) -> str:
    """Return a signal's URL: its own variable as it is, or the common one and its path."""
    common = env.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    derived = f"{common.rstrip('/')}/v1/{signal.lower()}" if common else ""
    name = f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"
    url = env.get(name, derived)
    if url and not url.startswith(("http://", "https://")):
        raise SettingsError(f"{name}={url!r}: OTLP goes over HTTP here; use an http(s) URL")
    return url


class _ForSignal:
    """Names variables: a signal's own one when it is set, else the one for all signals."""

    def __init__(self, env: Environment, signal: Signal) -> None:
        self._env = env
        self._signal = signal

    def named(self, what: str, default: str) -> tuple[str, str]:
        """Return a variable's name, and what it says or the default."""
        common = f"OTEL_EXPORTER_OTLP_{what}"
        own = f"OTEL_EXPORTER_OTLP_{self._signal}_{what}"
        value = self._env.get(common, default)
        return (own, value) if self._env.get(own, "") else (common, value)

    def numbered(self, what: str, default: float) -> tuple[str, float]:
        """Return a variable's name, and the default of a number."""
        name, _ = self.named(what, "")
        return name, default

    def pairs(self, what: str) -> dict[str, str]:
        """Read the variable that counts as `key=value,key=value`."""
        name, _ = self.named(what, "")
        return self._env.pairs(name)
