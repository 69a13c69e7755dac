"""Flask through contrib's WSGI middleware.

Its Flask instrumentor ends a span before a streamed body begins, and sees no mounted application.
"""

from collections.abc import Iterable
from threading import get_ident
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import Span

from threesignals import names
from threesignals._contract import server_address
from threesignals._contrib.held import Held
from threesignals._contrib.incoming import accepted
from threesignals._contrib.setup import use_stable_names
from threesignals._wsgi import ANSWER, Answer, is_whole

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from threesignals._core import Telemetry

_HEADERS = {"traceparent": "HTTP_TRACEPARENT", "tracestate": "HTTP_TRACESTATE",
            "baggage": "HTTP_BAGGAGE"}  # fmt: skip


def instrument(app: Flask, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    app.wsgi_app = Entrance(app.wsgi_app, telemetry)  # type: ignore[method-assign, assignment]


class Entrance:
    """Goes around contrib's middleware: chooses what it reads, and when its span ends."""

    def __init__(self, app: "WSGIApplication", telemetry: "Telemetry") -> None:
        use_stable_names()
        self._app = app
        self._telemetry = telemetry
        self._measured = OpenTelemetryMiddleware(
            Inside(app), _begin, None, telemetry.provider, NoOpMeterProvider()
        )

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        """Run the application inside a span, which ends when its answer is complete."""
        settings = self._telemetry.settings
        if environ.get("PATH_INFO") in settings.unmeasured_paths:
            return self._app(environ, respond)
        request = Request(self._telemetry, environ, respond)
        # Contrib starts a SERVER span only where none is current, and it leaves its context behind
        # when its part of a body is never begun.
        token = attach(Context())
        try:
            body = self._measured(environ, request.start_response)
            return request.follow(body, get_current())
        except BaseException as failure:
            request.fail(failure)
            request.done()
            raise
        finally:
            detach(token)


class Inside:
    """Goes inside of contrib's middleware, which makes a stream of every body."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        """Look at the body before it is wrapped."""
        body = self._app(environ, respond)
        cast(Request, environ[ANSWER]).timed = is_whole(body)
        return body


def _begin(span: Span, environ: dict[str, Any]) -> None:
    cast(Request, environ[ANSWER]).begin(span)


class Request(Held, Answer):
    """A request whose span contrib starts."""

    # True for a body that is there as a whole: its time is a latency whatever its type.
    timed: bool = False

    def __init__(
        self, telemetry: "Telemetry", environ: "WSGIEnvironment", respond: "StartResponse"
    ) -> None:
        self._sent = {name: environ.pop(key, None) for name, key in _HEADERS.items()}
        super().__init__(telemetry, self._sent["traceparent"])
        self.environ, self.respond = environ, respond
        self.thread = get_ident()
        environ[ANSWER] = self
        for name, value in accepted(telemetry.settings.incoming, **self._sent).items():
            environ[_HEADERS[name]] = value

    def begin(self, span: Span) -> None:
        """Take over the span, and show the application the headers as they were sent."""
        self.hold(span)
        for name, value in self._sent.items():
            self.environ.pop(_HEADERS[name], None)
            if value is not None:
                self.environ[_HEADERS[name]] = value

    def done(self) -> None:
        """End the request; safe to call twice."""
        if self.ended:
            return
        get = self.environ.get
        address, port = server_address(get("HTTP_HOST", ""))
        path = get("SCRIPT_NAME", "") + get("PATH_INFO", "")
        correct = {
            names.HTTP_ROUTE: self.route,
            names.URL_PATH: path.encode("latin-1").decode("utf-8", "replace"),
            names.URL_QUERY: get("QUERY_STRING", ""),
            names.SERVER_ADDRESS: address,
            names.SERVER_PORT: port,
        }
        untimed = self._telemetry.settings.untimed_types
        self.end(correct, timed=self.timed or self.content_type() not in untimed)
