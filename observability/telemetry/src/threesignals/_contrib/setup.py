"""What every contrib instrumentor needs before it starts."""

import os
from collections.abc import Iterable
from typing import Any

from opentelemetry.instrumentation._semconv import OTEL_SEMCONV_STABILITY_OPT_IN
from opentelemetry.instrumentation._semconv import (
    _OpenTelemetrySemanticConventionStability as Stability,
)
from opentelemetry.metrics import NoOpMeterProvider


def instrumentor_settings(excluded_paths: Iterable[str]) -> dict[str, Any]:
    """Arguments that contrib's two web instrumentors share; its own metrics stay off."""
    use_stable_names()
    return {"excluded_urls": excluded_urls(excluded_paths), "meter_provider": NoOpMeterProvider()}


def use_stable_names() -> None:
    """Ask for the stable conventions; contrib still emits the old ones by default.

    It asks once for a process: an instrumentor that came first has settled on the old ones.
    """
    chosen = [*os.environ.get(OTEL_SEMCONV_STABILITY_OPT_IN, "").split(","), "http", "database"]
    os.environ[OTEL_SEMCONV_STABILITY_OPT_IN] = ",".join(dict.fromkeys(filter(None, chosen)))
    Stability._initialized = False
    Stability._initialize()  # type: ignore[no-untyped-call]


def excluded_urls(paths: Iterable[str]) -> str:
    """Contrib matches whole URLs with regular expressions: match these paths and no others."""
    return ",".join(rf"^[a-z]+://[^/]*{path}(\?|$)" for path in sorted(paths))
