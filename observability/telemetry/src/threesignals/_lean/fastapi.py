"""FastAPI on the fast path: one ASGI middleware around everything."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals._asgi_routes import route_of
from threesignals._lean.server import RawFacts, Requests, ServerSpan, attach, context_of, detach

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(app: FastAPI, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    build = app.build_middleware_stack
    requests, excluded = telemetry.requests, telemetry.settings.excluded_paths
    app.build_middleware_stack = lambda: Middleware(build(), requests, excluded)  # type: ignore[method-assign]


class Middleware:
    """Measures every HTTP request that is not excluded; websockets and lifespan pass through."""

    def __init__(self, app: ASGIApp, requests: Requests, excluded: frozenset[str]) -> None:
        self._app = app
        self._requests = requests
        self._excluded = excluded

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Choose; not a coroutine of its own, which would cost another frame."""
        if scope["type"] != "http" or scope["path"] in self._excluded:
            return self._app(scope, receive, send)
        return self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a span, which ends when its answer is complete."""
        headers = dict(scope["headers"])
        get = headers.get
        parent = get(b"traceparent")
        if parent is None:
            span = Request(self._requests, None, None)
        else:
            span = Request(self._requests, parent.decode("latin-1"), _text(get(b"tracestate")))
        span.scope, span.headers, span.inner_send = scope, headers, send
        token = attach(context_of(span, _text(get(b"baggage"))))
        try:
            await self._app(scope, receive, span.send)
        except BaseException as failure:
            if not span.end_time:
                span.fail(failure)
            raise
        finally:
            detach(token)
            if not span.end_time:
                self._requests.end(span, span.read())


class Request(ServerSpan):
    """A SERVER span that knows its scope until it ends."""

    scope: Scope
    headers: dict[bytes, bytes]
    inner_send: Send

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on: add the trace, note the status, end the span with the last byte."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            trace = (b"traceresponse", self.traceresponse().encode())
            # A new message: an application may send the same one each time.
            message = {**message, "headers": [*message.get("headers", ()), trace]}
        elif self.status < 500 and not message.get("more_body") and not self.end_time:
            # A request that failed is still to raise what failed it: it ends when it has.
            send = self.inner_send
            self._requests.end(self, self.read())
            return send(message)
        return self.inner_send(message)

    def read(self) -> RawFacts:
        """Read off what the template depends on (Facts), and let the scope go."""
        scope, header = self.scope, self.headers.get
        self.path = scope["path"]
        if query := scope["query_string"]:
            self.query, self.plain = query, False
        client = scope.get("client")
        return (
            scope["method"],
            route_of(scope),
            self.status,
            scope.get("scheme", "http"),
            scope["http_version"],
            header(b"host", b""),
            header(b"user-agent", b""),
            client[0] if client else "",
            self.error_type(),
            self.trace_flags,
            self.parent_is_remote,
        )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
