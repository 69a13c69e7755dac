"""Flask through contrib's instrumentor."""

from typing import TYPE_CHECKING

from flask import Flask, request
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.trace import Span

from threesignals._contrib.conform import correct
from threesignals._contrib.setup import instrumentor_settings
from threesignals._traceparent import traceresponse

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(app: Flask, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    FlaskInstrumentor.instrument_app(  # type: ignore[no-untyped-call]
        app,
        tracer_provider=telemetry.provider,
        enable_commenter=False,
        response_hook=_answer_with_trace,
        **instrumentor_settings(telemetry.settings.excluded_paths),
    )


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
