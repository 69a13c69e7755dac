"""FastAPI on the fast path: one ASGI middleware around everything."""

from asyncio import current_task
from collections.abc import Awaitable
from threading import get_ident
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from threesignals._asgi import ANSWER, Answer, joined, path_of, sent_by
from threesignals._asgi_routes import route_of
from threesignals._clock import CLOCK
from threesignals._lean.server import RawFacts, ServerSpan, attach, detach

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(app: FastAPI, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: Middleware(build(), telemetry)  # type: ignore[method-assign]


class Middleware:
    """Measures every HTTP request that is not excluded; websockets and lifespan pass through."""

    def __init__(self, app: ASGIApp, telemetry: "Telemetry") -> None:
        self._app = app
        self._requests = telemetry.requests
        self._excluded = telemetry.settings.unmeasured_paths
        self._untimed = telemetry.settings.untimed_types

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Choose; not a coroutine of its own, which would cost another frame."""
        path = path_of(scope) if scope.get("root_path") else scope.get("path")
        if scope["type"] != "http" or path in self._excluded:
            return self._app(scope, receive, send)
        return self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a span, which ends when its answer is complete."""
        lines = scope["headers"]
        headers = dict(lines)
        if b"traceparent" in headers:
            caller = joined(lines, b"traceparent"), joined(lines, b"tracestate")
            span = Request(self._requests, *caller)
        else:
            span = Request(self._requests, None, None)
        span.request_headers, span.inner_send, span.untimed_types = headers, send, self._untimed
        span.thread, span.task = get_ident(), current_task()
        scope[ANSWER] = span
        span.scope = span.routed = scope
        baggage = joined(lines, b"baggage") if b"baggage" in headers else None
        token = attach(self._requests.context(span, baggage))
        try:
            await self._app(scope, receive, span.send)
        except BaseException as failure:
            span.fail(failure)
            raise
        finally:
            detach(token)
            span.done()


class Request(ServerSpan, Answer):
    """A SERVER span that knows its scope until it ends."""

    scope: Scope
    request_headers: dict[bytes, bytes]
    answered_at: int = 0

    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application, unless a 5xx has told it."""
        if self.answered_at and exception is not self.exception:
            self.done()
        super().fail(exception)

    def is_gone(self, exception: BaseException) -> bool:
        """Tell whether an exception only says that nobody waits for the answer any more."""
        return super().is_gone(exception) or sent_by(self.inner_send, exception)

    def answered(self) -> None:
        """End the request, unless it failed: then it is still to raise what failed it."""
        if self.status < 500:
            if not self.end_time:
                self._requests.end(self, self.read())
        elif not self.answered_at:
            self.answered_at = CLOCK.ticks()
            self._requests.active.discard(self)

    def done(self) -> None:
        """End the request; safe to call twice."""
        if not self.end_time:
            self._requests.end(self, self.read(), self.answered_at)

    def read(self) -> RawFacts:
        """Read off what the template depends on (Facts), and let the scope go."""
        scope, header = self.scope, self.request_headers.get
        self.path = scope["path"]
        if query := scope["query_string"]:
            self.query, self.plain = query, False
        client = scope.get("client")
        self.route = route = route_of(self.routed)
        del self.scope, self.routed  # which hold this span
        return (
            scope["method"],
            route,
            self.status,
            scope.get("scheme", "http"),
            scope["http_version"],
            header(b"host", b""),
            header(b"user-agent", b""),
            client[0] if client else "",
            self.error_type(),
            self.trace_flags,
            self.parent_is_remote,
            not self.untimed,
        )
