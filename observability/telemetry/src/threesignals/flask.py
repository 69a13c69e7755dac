"""Instrument a Flask application."""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, got_request_exception, request
from opentelemetry.trace import get_current_span
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app

from threesignals import _exposition
from threesignals._core import Telemetry
from threesignals._existing import Page
from threesignals._once import instrumented, mark
from threesignals._wsgi import ANSWER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask, telemetry: Telemetry | None = None) -> Telemetry:
    """Instrument `app`, serve `/metrics` in front of it, and return the telemetry in use.

    Without `telemetry`, one is made from the environment, named after the application. Called again
    it changes nothing; with another telemetry it raises RuntimeError.
    """
    if already := instrumented(app, telemetry):
        return already
    telemetry = telemetry or Telemetry.from_env(service_name=app.name)
    mark(app, telemetry)
    for each in (app, *_mounted(app)):
        _watch(each)
    mounts = getattr(app.wsgi_app, "mounts", {})
    telemetry.instrument("flask", app)
    has_page = lambda: _exposition.PATH in mounts or _has_route(app)  # noqa: E731
    app.wsgi_app = Metrics(app.wsgi_app, telemetry, has_page)  # type: ignore[method-assign, assignment]
    _leave_exceptions_to_the_canonical_line(app)
    telemetry.capture_standard_logging()
    telemetry.set_global()
    app.extensions["telemetry"] = telemetry
    return telemetry


def _has_route(app: Flask) -> bool:
    try:
        app.url_map.bind("localhost").match(_exposition.PATH, method="GET")
    except HTTPException:
        return False
    return True


def _mounted(app: Flask) -> Iterator[Flask]:
    """Yield the Flask applications that a dispatcher inside of `app` hands requests to."""
    inner: Any = app.wsgi_app
    while inner is not None:
        for mounted in getattr(inner, "mounts", {}).values():
            if isinstance(mounted, Flask):
                yield mounted
        inner = getattr(inner, "app", None)


def _watch(app: Flask) -> None:
    """Tell the answer what Flask keeps to itself: the exceptions that it handles."""
    handle = app.handle_user_exception

    def noting(exception: Exception) -> Any:  # noqa: ANN401 (what a view may return)
        # An HTTP exception is an answer that was chosen: its status says all.
        if not isinstance(exception, HTTPException):
            _note(app, exception)
        return handle(exception)

    app.handle_user_exception = noting  # type: ignore[method-assign, assignment]
    got_request_exception.connect(_note, app)


def _note(_: Flask, exception: BaseException, **__: object) -> None:
    if answer := request.environ.get(ANSWER):
        answer.note(exception)


def _leave_exceptions_to_the_canonical_line(app: Flask) -> None:
    """Stop Flask from logging what a request's own line says; probes have no such line."""
    log_exception = app.log_exception

    def log_unless_measured(exc_info: Any) -> None:  # noqa: ANN401 (sys.exc_info's)
        if not get_current_span().is_recording():
            log_exception(exc_info)

    app.log_exception = log_unless_measured  # type: ignore[method-assign]


class Metrics:
    """Answers `/metrics` before the application, its signals and its capacity.

    `has_page` tells whether the application has one of its own, which is then asked.
    """

    def __init__(
        self, app: "WSGIApplication", telemetry: Telemetry, has_page: Callable[[], bool]
    ) -> None:
        self._has_page = has_page
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
        existing = self._ask(environ) if self._has_page() else None
        if existing and existing.guarded():
            start(f"{existing.status} {HTTPStatus(existing.status).phrase}", existing.headers)
            return [existing.body]
        accept = environ.get("HTTP_ACCEPT", "")
        body, content_type = self._telemetry.metrics_page(accept, existing)
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]

    def _ask(self, environ: "WSGIEnvironment") -> Page | None:
        """Ask the application for its own page; one that fails is no reason to show none."""
        asked = {key: value for key, value in environ.items() if key != "HTTP_ACCEPT_ENCODING"}
        try:
            chunks, status, headers = run_wsgi_app(self._inner, asked)
            return Page(int(status[:3]), list(headers), b"".join(chunks))
        except Exception as failure:
            self._telemetry.warn(f"the application's own page fails: {failure!r}")
            return None
