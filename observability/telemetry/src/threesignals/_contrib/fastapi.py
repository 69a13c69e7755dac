"""FastAPI through contrib's ASGI middleware.

Its FastAPI instrumentor matches each request's route a second time, and replaces the method that
runs a background task, for all applications.
"""

from asyncio import current_task
from threading import get_ident
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI
from opentelemetry.context import Context, attach, detach
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import Span
from starlette.types import ASGIApp, Receive, Scope, Send

from threesignals import names
from threesignals._asgi import ANSWER, Answer, joined, path_of, sent_by
from threesignals._asgi_routes import route_of
from threesignals._clock import CLOCK
from threesignals._contract import server_address
from threesignals._contrib.held import Held
from threesignals._contrib.incoming import accepted
from threesignals._contrib.setup import use_stable_names

if TYPE_CHECKING:
    from threesignals._core import Telemetry

_HEADERS = ("traceparent", "tracestate", "baggage")


def instrument(app: FastAPI, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: Entrance(build(), telemetry)  # type: ignore[method-assign]


class Entrance:
    """Goes around contrib's middleware: chooses what it reads, and when its span ends."""

    def __init__(self, app: ASGIApp, telemetry: "Telemetry") -> None:
        use_stable_names()
        self._app = app
        self._telemetry = telemetry
        self._measured = OpenTelemetryMiddleware(
            Inside(app),
            server_request_hook=_begin,
            tracer_provider=telemetry.provider,
            meter_provider=NoOpMeterProvider(),
            exclude_spans=["receive", "send"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a span, which ends when its answer is complete."""
        excluded = self._telemetry.settings.unmeasured_paths
        if scope["type"] != "http" or path_of(scope) in excluded:
            await self._app(scope, receive, send)
            return
        request = Request(self._telemetry, scope, send)
        # Contrib starts a SERVER span only where none is current.
        token = attach(Context())
        try:
            await self._measured(scope, receive, request.send)
        finally:
            detach(token)
            request.done()


class Inside:
    """Goes inside of contrib's middleware, which would call a failed task a failed request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the request what leaves the application."""
        try:
            await self._app(scope, receive, send)
        except BaseException as failure:
            cast(Request, scope[ANSWER]).fail(failure)
            raise


def _begin(span: Span, scope: dict[str, Any]) -> None:
    cast(Request, scope[ANSWER]).begin(span)


class Request(Held, Answer):
    """A request whose span contrib starts."""

    answered_at: int = 0

    def __init__(self, telemetry: "Telemetry", scope: Scope, send: Send) -> None:
        self._sent = scope["headers"]
        sent = {name: joined(self._sent, name.encode()) for name in _HEADERS}
        super().__init__(telemetry, sent["traceparent"])
        self.scope = self.routed = scope
        self.inner_send = send
        self.untimed_types = telemetry.settings.untimed_types
        self.thread, self.task = get_ident(), current_task()
        scope[ANSWER] = self
        read = accepted(telemetry.settings.incoming, **sent)
        others = [line for line in self._sent if line[0].decode("latin-1") not in _HEADERS]
        scope["headers"] = others + [(k.encode(), v.encode("latin-1")) for k, v in read.items()]

    def begin(self, span: Span) -> None:
        """Take over the span, and show the application the headers as they were sent."""
        self.hold(span)
        self.scope["headers"] = self._sent

    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application, unless a 5xx has told it."""
        if self.answered_at and exception is not self._exception:
            self.done()
        super().fail(exception)

    def is_gone(self, exception: BaseException) -> bool:
        """Tell whether an exception only says that nobody waits for the answer any more."""
        return super().is_gone(exception) or sent_by(self.inner_send, exception)

    def answered(self) -> None:
        """End the request, unless it failed: then it is still to raise what failed it."""
        if self.status < 500:
            self.done()
        elif not self.answered_at:
            self.answered_at = CLOCK.ticks()
            self.leave()

    def done(self) -> None:
        """End the request; safe to call twice."""
        if self.ended:
            return
        host = joined(self._sent, b"host") or ""
        address, port = server_address(host)
        self.route = route_of(self.routed)
        correct = {
            names.HTTP_ROUTE: self.route,
            names.URL_PATH: self.scope["path"],
            names.URL_QUERY: self.scope["query_string"].decode("latin-1"),
            names.SERVER_ADDRESS: address,
            names.SERVER_PORT: port,
        }
        self.end(correct, timed=not self.untimed, ticks=self.answered_at)
