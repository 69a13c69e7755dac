"""FastAPI through contrib's instrumentor."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.trace import Span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals._asgi_routes import route_of
from threesignals._contrib.conform import correct
from threesignals._contrib.setup import instrumentor_settings
from threesignals._traceparent import traceresponse

if TYPE_CHECKING:
    from threesignals._core import Telemetry

_SPAN = "threesignals.span"


def instrument(app: FastAPI, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=telemetry.provider,
        exclude_spans=["receive", "send"],
        server_request_hook=_remember_span,
        **instrumentor_settings(telemetry.settings.excluded_paths),
    )
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: TraceResponse(build())  # type: ignore[method-assign]


def _remember_span(span: Span, scope: dict[str, Any]) -> None:
    scope[_SPAN] = span


def _correct(span: Span, scope: Scope) -> None:
    host = dict(scope["headers"]).get(b"host", b"")
    correct(
        span,
        route=route_of(scope),
        path=scope["path"],
        host=host.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
    )


class TraceResponse:
    """Adds `traceresponse`; outside contrib's middleware, so that error pages have it too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with a `send` that adds the header."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and (span := scope.get(_SPAN)):
                name, value = traceresponse(span.get_span_context())
                trace = (name.encode(), value.encode())
                message = {**message, "headers": [*message.get("headers", ()), trace]}
                _correct(span, scope)
            await send(message)

        await self._app(scope, receive, answer)
