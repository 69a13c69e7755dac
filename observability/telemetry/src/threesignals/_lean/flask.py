"""Flask on the fast path: one WSGI middleware."""

from collections.abc import Iterable
from threading import get_ident
from typing import TYPE_CHECKING

from flask import Flask

from threesignals._lean.server import RawFacts, Requests, ServerSpan, attach, detach
from threesignals._wsgi import ANSWER, Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from threesignals._core import Telemetry
    from threesignals._settings import Settings


def instrument(app: Flask, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    middleware = Middleware(app.wsgi_app, telemetry.requests, telemetry.settings)
    app.wsgi_app = middleware  # type: ignore[method-assign, assignment]


class Middleware:
    """Measures every request that is not excluded."""

    def __init__(self, app: "WSGIApplication", requests: Requests, settings: "Settings") -> None:
        self._app = app
        self._requests = requests
        self._excluded = settings.unmeasured_paths
        self._untimed = settings.untimed_types

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        """Run the application inside a span, which ends when its answer is complete."""
        if environ.get("PATH_INFO") in self._excluded:
            return self._app(environ, respond)
        get = environ.get
        span = Request(self._requests, get("HTTP_TRACEPARENT"), get("HTTP_TRACESTATE"))
        span.environ, span.respond, span.untimed = environ, respond, self._untimed
        span.thread = get_ident()
        environ[ANSWER] = span
        context = self._requests.context(span, get("HTTP_BAGGAGE"))
        token = attach(context)
        try:
            return span.follow(self._app(environ, span.start_response), context)
        except BaseException as failure:
            span.fail(failure)
            span.done()
            raise
        finally:
            detach(token)


class Request(ServerSpan, Answer):
    """A SERVER span that knows its environ until it ends."""

    untimed: frozenset[str]

    def done(self) -> None:
        """End the request; safe to call twice."""
        if not self.end_time:
            self._requests.end(self, self.read())

    def read(self) -> RawFacts:
        """Read off what the template depends on (Facts), and let the environ go."""
        environ = self.environ
        get = environ.get
        path = get("SCRIPT_NAME", "") + get("PATH_INFO", "")
        self.path = path if path.isascii() else _unicode(path)
        if query := get("QUERY_STRING"):
            self.query, self.plain = query, False
        timed = self.whole or self.content_type() not in self.untimed
        del self.environ, self.respond
        return (
            environ["REQUEST_METHOD"],
            self.route,
            self.status,
            environ["wsgi.url_scheme"],
            environ["SERVER_PROTOCOL"][5:],
            get("HTTP_HOST", ""),
            get("HTTP_USER_AGENT", ""),
            get("REMOTE_ADDR", ""),
            self.error_type(),
            self.trace_flags,
            self.parent_is_remote,
            timed,
        )


def _unicode(path: str) -> str:
    """Undo WSGI's disguise of UTF-8 as Latin-1."""
    return path.encode("latin-1").decode("utf-8", "replace")
