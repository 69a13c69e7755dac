"""What every contrib instrumentor needs before it starts."""

import os

from opentelemetry.instrumentation._semconv import OTEL_SEMCONV_STABILITY_OPT_IN
from opentelemetry.instrumentation._semconv import (
    _OpenTelemetrySemanticConventionStability as Stability,
)


def use_stable_names() -> None:
    """Ask for the stable conventions; contrib still emits the old ones by default.

    It asks once for a process: an instrumentor that came first has settled on the old ones.
    """
    chosen = [*os.environ.get(OTEL_SEMCONV_STABILITY_OPT_IN, "").split(","), "http", "database"]
    os.environ[OTEL_SEMCONV_STABILITY_OPT_IN] = ",".join(dict.fromkeys(filter(None, chosen)))
    Stability._initialized = False
    Stability._initialize()  # type: ignore[no-untyped-call]
