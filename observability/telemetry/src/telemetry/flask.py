"""Instrument a Flask application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from telemetry import exposition
from telemetry.core import Telemetry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application.
    """
    telemetry = telemetry or Telemetry.from_env(service_name=app.name)
    telemetry.instrument("flask", app)
    app.wsgi_app = Metrics(app.wsgi_app, telemetry)  # type: ignore[method-assign, assignment]
    # The canonical line has the exception of a failed request; Flask would log it a second time.
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]
    telemetry.capture_standard_logging()
    app.extensions["telemetry"] = telemetry
    return telemetry


class Metrics:
    """Answers `/metrics` before the application, its signals and its capacity."""

    def __init__(self, app: "WSGIApplication", telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Serve a page of samples, or hand the request on."""
        if environ.get("PATH_INFO") != exposition.PATH:
            return self._app(environ, start)
        body, content_type = self._telemetry.metrics_page(environ.get("HTTP_ACCEPT", ""))
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]
