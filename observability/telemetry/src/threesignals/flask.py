"""Instrument a Flask application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, got_request_exception, request
from opentelemetry.trace import get_current_span
from werkzeug.exceptions import HTTPException

from threesignals import _exposition
from threesignals._core import Telemetry
from threesignals._wsgi import ANSWER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application.
    """
    telemetry = telemetry or Telemetry.from_env(service_name=app.name)
    for each in (app, *_mounted(app)):
        _watch(each)
    telemetry.instrument("flask", app)
    app.wsgi_app = Metrics(app.wsgi_app, telemetry)  # type: ignore[method-assign, assignment]
    _leave_exceptions_to_the_canonical_line(app)
    telemetry.capture_standard_logging()
    telemetry.set_global()
    app.extensions["telemetry"] = telemetry
    return telemetry


def _mounted(app: Flask) -> list[Flask]:
    """Return the Flask applications that a dispatcher inside of `app` hands requests to."""
    mounts = getattr(app.wsgi_app, "mounts", {})
    return [mounted for mounted in mounts.values() if isinstance(mounted, Flask)]


def _watch(app: Flask) -> None:
    """Tell the answer what Flask keeps to itself: exceptions that it handles, and whole bodies."""
    handle = app.handle_user_exception

    def noting(exception: Exception) -> Any:  # noqa: ANN401 (what a view may return)
        # An HTTP exception is an answer that was chosen: its status says all.
        if not isinstance(exception, HTTPException):
            _note(app, exception)
        return handle(exception)

    app.handle_user_exception = noting  # type: ignore[method-assign, assignment]
    got_request_exception.connect(_note, app)
    # The first function is called last: nothing replaces the response after it.
    app.after_request_funcs.setdefault(None, []).insert(0, _tell_whole)


def _note(_: Flask, exception: BaseException, **__: object) -> None:
    if answer := request.environ.get(ANSWER):
        answer.note(exception)


def _tell_whole(response: Response) -> Response:
    if response.is_sequence and (answer := request.environ.get(ANSWER)):
        answer.whole = True
    return response


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
        self._inner = app
        self._app: WSGIApplication = self._first
        self._telemetry = telemetry

    def _first(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Serve the first request: from now on this process belongs to its server."""
        self._app = self._inner
        self._telemetry.workers.join()
        return self._inner(environ, start)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Serve a page of samples, or hand the request on."""
        if environ.get("PATH_INFO") != _exposition.PATH:
            return self._app(environ, start)
        body, content_type = self._telemetry.metrics_page(environ.get("HTTP_ACCEPT", ""))
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]
