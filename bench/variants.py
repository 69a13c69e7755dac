"""The ways to see an application that are compared, and what each is expected to send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import rivals, usual
from bench.served import HOST, METRICS

Instrument = Callable[[Any], None]

FLASK, FASTAPI = "flask", "fastapi"
RIVALS = Path(".rivals")  # where `make bench-rivals` puts what no other part of the project needs
_SILENT = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way. `instrument` has a function for each framework that the way makes sense on.

    `lines` says where a line for each request goes: "otlp", "stdout" or nowhere; `scraped` where
    its metrics are read. `native` is what FastAPI's own telemetry is told; None leaves it as it is.
    """

    says: str
    instrument: dict[str, Instrument]
    spans: bool = True
    lines: str | None = None
    scraped: str | None = None
    native: dict[str, bool] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    package: str | None = None
    by_default: bool = True


def bare(_: object) -> None:
    """Nothing."""


def ours(app: Any) -> None:  # noqa: ANN401
    """`contrib` or `lean`, as TELEMETRY_IMPLEMENTATION says."""
    if type(app).__name__ == "Flask":
        from threesignals.flask import init_app  # noqa: PLC0415 (only what is measured is imported)
    else:
        from threesignals.fastapi import init_app  # type: ignore[assignment]  # noqa: PLC0415
    telemetry = init_app(app)
    from threesignals.sqlalchemy import init_engine  # noqa: PLC0415

    init_engine(app.engine, telemetry)


_BOTH_BARE: dict[str, Instrument] = {FLASK: bare, FASTAPI: bare}
_BOTH_OURS: dict[str, Instrument] = {FLASK: ours, FASTAPI: ours}

VARIANTS = {
    "bare": Variant(says="no telemetry, as people run it", instrument=_BOTH_BARE, spans=False),
    "bare-silenced": Variant(
        says="no telemetry, and FastAPI's own hooks for it switched off, as lean does",
        instrument={FASTAPI: bare},
        spans=False,
        native=_SILENT,
    ),
    "native": Variant(
        says="FastAPI's own OpenTelemetry, as its documentation says: four spans a request, metrics"
        " by OTLP, no line for a request, no span for a statement",
        instrument={FASTAPI: bare},
        environment={"FASTAPI_OTEL_AUTO_CONFIGURE": "true"},
    ),
    "default": Variant(
        says="the usual parts: contrib's instrumentors, prometheus-client, structlog on standard"
        " output; three spans a request on FastAPI",
        instrument={FLASK: usual.flask, FASTAPI: usual.fastapi},
        lines="stdout",
        scraped=f"http://127.0.0.1:{usual.METRICS_PORT}/metrics",
    ),
    "default-one-span": Variant(
        says="the same, with contrib's `exclude_spans`: one span a request",
        instrument={FASTAPI: usual.fastapi_one_span},
        lines="stdout",
        scraped=f"http://127.0.0.1:{usual.METRICS_PORT}/metrics",
        by_default=False,
    ),
    "default-fastotel": Variant(
        says="the same as `default`, with fastotel's processor instead of the SDK's",
        instrument={FLASK: usual.flask_fastotel, FASTAPI: usual.fastapi_fastotel},
        lines="stdout",
        scraped=f"http://127.0.0.1:{usual.METRICS_PORT}/metrics",
        by_default=False,
    ),
    "logfire": Variant(
        says="Logfire's SDK as its documentation says for another backend: no line for a request",
        instrument={FLASK: rivals.logfire_flask, FASTAPI: rivals.logfire_fastapi},
        package="logfire",
        by_default=False,
    ),
    "ddtrace": Variant(
        says="Datadog's tracer with its OTLP export (JSON, a preview): no line for a request",
        instrument=_BOTH_BARE,
        environment={"BENCH_IMPORT_FIRST": "ddtrace.auto", "OTEL_TRACES_EXPORTER": "otlp",
                     "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
                     "DD_REMOTE_CONFIGURATION_ENABLED": "false"},
        package="ddtrace",
        by_default=False,
    ),
    "contrib": Variant(
        says="this package's readable implementation",
        instrument=_BOTH_OURS,
        lines="otlp",
        scraped=f"{HOST}{METRICS}",
        environment={"TELEMETRY_IMPLEMENTATION": "contrib"},
    ),
    "lean": Variant(
        says="this package's fast implementation, the default",
        instrument=_BOTH_OURS,
        lines="otlp",
        scraped=f"{HOST}{METRICS}",
        environment={"TELEMETRY_IMPLEMENTATION": "lean"},
    ),
}  # fmt: skip


def baseline(framework: str) -> str:
    """Return the stricter baseline: what the headline is against."""
    return "bare-silenced" if framework == FASTAPI else "bare"


def installed(variant: Variant) -> bool:
    """Tell whether what a variant needs beside the environment is there."""
    return variant.package is None or (RIVALS / variant.package).is_dir()
