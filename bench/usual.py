"""The usual set-up of each framework, written as its parts' documentation says."""

import logging
import os
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog

METRICS_PORT = int(os.environ.get("BENCH_METRICS_PORT", "18081"))


def flask(app: Any, processor: Any = None) -> None:  # noqa: ANN401
    """Contrib's instrumentor, prometheus-client in hooks, structlog in a hook."""
    from flask import Response, g, request  # noqa: PLC0415 (only what is measured is imported)
    from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415

    tracing(processor)
    log, metrics = structlog_lines(), Metrics()
    FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]
    database(app.engine)

    @app.before_request  # type: ignore[untyped-decorator]
    def begin() -> None:
        g.begun = time.perf_counter()
        metrics.active.labels(method=request.method, path=str(request.url_rule)).inc()

    @app.after_request  # type: ignore[untyped-decorator]
    def finish(response: Response) -> Response:
        seconds, path = time.perf_counter() - g.begun, str(request.url_rule)
        metrics.active.labels(method=request.method, path=path).dec()
        metrics.observe(request.method, path, response.status_code, seconds)
        log.info("request", method=request.method, path=request.path,
                 status=response.status_code, duration=seconds)  # fmt: skip
        return response


def flask_fastotel(app: Any) -> None:  # noqa: ANN401
    """Do the same, exported by fastotel."""
    flask(app, fastotel())


def fastapi(app: Any, processor: Any = None, **options: Any) -> None:  # noqa: ANN401
    """Contrib's instrumentor, and one HTTP middleware for metrics and logs."""
    from fastapi import Request, Response  # noqa: PLC0415
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

    tracing(processor)
    log, metrics = structlog_lines(), Metrics()
    database(app.engine)

    @app.middleware("http")  # type: ignore[untyped-decorator]
    async def observe(request: Request, call_next: Any) -> Response:  # noqa: ANN401
        begun, path = time.perf_counter(), request.url.path
        metrics.active.labels(method=request.method, path=path).inc()
        response: Response = await call_next(request)
        seconds = time.perf_counter() - begun
        metrics.active.labels(method=request.method, path=path).dec()
        metrics.observe(request.method, path, response.status_code, seconds)
        log.info("request", method=request.method, path=path,
                 status=response.status_code, duration=seconds)  # fmt: skip
        return response

    FastAPIInstrumentor.instrument_app(app, **options)


def fastapi_one_span(app: Any) -> None:  # noqa: ANN401
    """Do the same, without a span for each ASGI message."""
    fastapi(app, exclude_spans=["receive", "send"])


def fastapi_fastotel(app: Any) -> None:  # noqa: ANN401
    """Do the same, exported by fastotel."""
    fastapi(app, fastotel())


def fastotel() -> Any:  # noqa: ANN401
    """Return fastotel's processor, which reads where to send as the SDK's does."""
    from fastotel import OTLPSpanProcessor  # noqa: PLC0415

    return OTLPSpanProcessor()


def tracing(processor: Any = None) -> None:  # noqa: ANN401
    """Set up the SDK as OpenTelemetry's own Flask and FastAPI examples do."""
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider()
    provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def structlog_lines() -> Any:  # noqa: ANN401
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


def database(engine: Any) -> None:  # noqa: ANN401
    """Instrument SQLAlchemy as contrib's documentation does."""
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor  # noqa: PLC0415

    SQLAlchemyInstrumentor().instrument(engine=engine)


class Metrics:
    """A counter, a histogram and a gauge, with labels and exemplars, as prometheus-client shows."""

    def __init__(self) -> None:
        from prometheus_client import (  # noqa: PLC0415
            Counter,
            Gauge,
            Histogram,
            start_http_server,
        )

        start_http_server(METRICS_PORT, "127.0.0.1")

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
