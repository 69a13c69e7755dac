"""The four ways to see an application. Each takes the application and instruments it."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

Instrument = Callable[[Any], None]


def bare(app: Any) -> None:  # noqa: ANN401 (a Flask or FastAPI application)
    """Nothing."""


def ours(app: Any) -> None:  # noqa: ANN401
    """`contrib` or `lean`, as TELEMETRY_IMPLEMENTATION says."""
    if type(app).__name__ == "Flask":
        from threesignals.flask import init_app  # noqa: PLC0415 (only what is measured is imported)
    else:
        from threesignals.fastapi import init_app  # type: ignore[assignment]  # noqa: PLC0415
    telemetry = init_app(app)
    if engine := app_engine(app):
        from threesignals.sqlalchemy import init_engine  # noqa: PLC0415

        init_engine(engine, telemetry)


def app_engine(app: Any) -> Any:  # noqa: ANN401
    """Return the engine that the application uses, if it has one."""
    return getattr(app, "engine", None)


def usual_tracing() -> Any:  # noqa: ANN401
    """Set up the SDK as OpenTelemetry's own Flask and FastAPI examples do."""
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def usual_logging() -> Any:  # noqa: ANN401
    """Set up structlog through the standard library, as its documentation does for JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _add_trace,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.INFO)
    return structlog.get_logger("access")


def _add_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    from opentelemetry import trace  # noqa: PLC0415

    context = trace.get_current_span().get_span_context()
    event["trace_id"] = f"{context.trace_id:032x}"
    event["span_id"] = f"{context.span_id:016x}"
    return event


def usual_database(engine: Any) -> None:  # noqa: ANN401
    """Instrument SQLAlchemy as contrib's documentation does."""
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor  # noqa: PLC0415

    SQLAlchemyInstrumentor().instrument(engine=engine)


class UsualMetrics:
    """A counter, a histogram and a gauge, with labels and exemplars, as prometheus-client shows."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram  # noqa: PLC0415

        labels = ["method", "path", "status"]
        self.requests = Counter("http_requests", "Requests", labels)
        self.duration = Histogram("http_request_duration_seconds", "Seconds", labels)
        self.active = Gauge("http_requests_in_progress", "Requests now", ["method", "path"])

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        from opentelemetry import trace  # noqa: PLC0415

        exemplar = {"trace_id": f"{trace.get_current_span().get_span_context().trace_id:032x}"}
        self.requests.labels(method=method, path=path, status=status).inc(exemplar=exemplar)
        self.duration.labels(method=method, path=path, status=status).observe(seconds, exemplar)
