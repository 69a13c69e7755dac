"""The usual set-up of each framework, written as its parts' documentation says."""

import time
from typing import Any

from bench.variants import UsualMetrics, usual_database, usual_logging, usual_tracing


def flask(app: Any) -> None:  # noqa: ANN401
    """Contrib's instrumentor, prometheus-client in hooks, structlog in a hook."""
    from flask import Response, g, request  # noqa: PLC0415
    from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415

    usual_tracing()
    log, metrics = usual_logging(), UsualMetrics()
    FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]
    if hasattr(app, "engine"):
        usual_database(app.engine)

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


def fastapi(app: Any) -> None:  # noqa: ANN401
    """Contrib's instrumentor, and one HTTP middleware for metrics and logs."""
    from fastapi import Request, Response  # noqa: PLC0415
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

    usual_tracing()
    log, metrics = usual_logging(), UsualMetrics()
    if hasattr(app, "engine"):
        usual_database(app.engine)

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

    FastAPIInstrumentor.instrument_app(app)
