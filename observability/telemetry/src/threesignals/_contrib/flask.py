"""Flask through contrib's instrumentor."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.trace import Span

from threesignals._contrib.conform import correct
from threesignals._contrib.setup import instrumentor_settings
from threesignals._traceparent import traceresponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from threesignals._core import Telemetry


def instrument(app: Flask, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    app.wsgi_app = OwnHeaders(app.wsgi_app)  # type: ignore[method-assign, assignment]
    FlaskInstrumentor.instrument_app(  # type: ignore[no-untyped-call]
        app,
        tracer_provider=telemetry.provider,
        enable_commenter=False,
        response_hook=_answer_with_trace,
        **instrumentor_settings(telemetry.settings.excluded_paths),
    )


class OwnHeaders:
    """Gives each answer a list of headers of its own: contrib's hook adds to it."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        """Run the application; it may give the same list each time."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:  # noqa: ANN401
            return respond(status, list(headers), exc_info)

        return self._app(environ, start)


def _answer_with_trace(span: Span | None, _status: str, headers: list[tuple[str, str]]) -> None:
    if span is None:
        return
    headers.append(traceresponse(span.get_span_context()))
    rule = request.url_rule
    prefix = request.environ.get("SCRIPT_NAME", "")
    correct(
        span,
        route=prefix + rule.rule if rule else None,
        path=prefix + request.path,
        host=request.environ.get("HTTP_HOST", ""),
        query=request.environ.get("QUERY_STRING", ""),
    )
