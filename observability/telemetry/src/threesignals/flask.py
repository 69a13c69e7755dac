"""Instrument a Flask application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from opentelemetry.trace import get_current_span

from threesignals import _exposition
from threesignals._core import Telemetry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application.
    """
    telemetry = telemetry or Telemetry.from_env(service_name=app.name)
    telemetry.instrument("flask", app)
    app.wsgi_app = Metrics(app.wsgi_app, telemetry)  # type: ignore[method-assign, assignment]
    _leave_exceptions_to_the_canonical_line(app)
    telemetry.capture_standard_logging()
    telemetry.set_global()
    app.extensions["telemetry"] = telemetry
    return telemetry


def _leave_exceptions_to_the_canonical_line(app: Flask) -> None:
    """Stop Flask from logging what a request's own line says; probes have no such line."""
    log_exception = app.log_exception

    def log_unless_measured(exc_info: Any) -> None:  # noqa: ANN401 (sys.exc_info's)
        if not get_current_span().is_recording():
            log_exception(exc_info)

    app.log_exception = log_unless_measured  # type: ignore[method-assign]


class Metrics:
    """Answers `/metrics` before the application, its signals and its capacity."""

    def __init__(self, app: "WSGIApplication", telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Serve a page of samples, or hand the request on."""
        if environ.get("PATH_INFO") != _exposition.PATH:
            return self._app(environ, start)
        body, content_type = self._telemetry.metrics_page(environ.get("HTTP_ACCEPT", ""))
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]
