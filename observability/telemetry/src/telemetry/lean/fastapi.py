"""FastAPI on the fast path: one ASGI middleware around everything."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry.asgi_routes import route_of
from telemetry.lean.server import Facts, Requests, ServerSpan, attach, context_of, detach

if TYPE_CHECKING:
    from telemetry.core import Telemetry


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a span, which ends when its answer is complete."""
        if scope["type"] != "http" or scope["path"] in self._excluded:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        span = self._requests.start(
            _text(headers.get(b"traceparent")), _text(headers.get(b"tracestate"))
        )
        answer = Answer(span, scope, headers, send, self._requests)
        token = attach(context_of(span, _text(headers.get(b"baggage"))))
        try:
            await self._app(scope, receive, answer.send)
        except BaseException as failure:
            if not span.end_time:
                span.fail(failure)
            raise
        finally:
            detach(token)
            if not span.end_time:
                answer.end()


class Answer:
    """A `send` that adds the trace, notes the status and ends the span with the last byte."""

    __slots__ = ("_headers", "_requests", "_scope", "_send", "_span")

    def __init__(
        self,
        span: ServerSpan,
        scope: Scope,
        headers: dict[bytes, bytes],
        send: Send,
        requests: Requests,
    ) -> None:
        self._span = span
        self._scope = scope
        self._headers = headers
        self._send = send
        self._requests = requests

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on; not a coroutine of its own, which would cost another frame."""
        kind = message["type"]
        if kind == "http.response.start":
            span = self._span
            span.status = message["status"]
            trace = (b"traceresponse", span.traceresponse().encode())
            message["headers"] = [*message.get("headers", ()), trace]
        elif self._span.status < 500 and not message.get("more_body"):
            # A request that failed is still to raise what failed it: it ends when it has.
            self.end()
        return self._send(message)

    def end(self) -> None:
        """Read off what the span's template depends on, and end the span."""
        span, scope, headers = self._span, self._scope, self._headers
        span.path = scope["path"]
        span.query = scope["query_string"]
        client = scope["client"]
        facts = Facts(
            scope["method"],
            route_of(scope),
            span.status,
            scope["scheme"],
            scope["http_version"],
            headers.get(b"host", b""),
            headers.get(b"user-agent", b""),
            client[0] if client else "",
            span.error_type(),
        )
        self._requests.end(span, facts)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
