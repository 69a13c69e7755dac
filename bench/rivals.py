"""Instrumentation of other makers, each as its documentation says for an OTLP backend.

elastic-apm is not among them: its agent speaks to Elastic's APM Server only.
"""

from importlib import import_module
from typing import Any


def _logfire() -> Any:  # noqa: ANN401
    logfire = import_module("logfire")  # not in the project's environment
    logfire.configure(send_to_logfire=False, service_name="bench")
    return logfire


def logfire_flask(app: Any) -> None:  # noqa: ANN401
    """Instrument Flask and SQLAlchemy; OTEL_EXPORTER_OTLP_ENDPOINT says where spans go."""
    logfire = _logfire()
    logfire.instrument_flask(app)
    logfire.instrument_sqlalchemy(engine=app.engine)


def logfire_fastapi(app: Any) -> None:  # noqa: ANN401
    """Instrument FastAPI and SQLAlchemy; OTEL_EXPORTER_OTLP_ENDPOINT says where spans go."""
    logfire = _logfire()
    logfire.instrument_fastapi(app)
    logfire.instrument_sqlalchemy(engine=app.engine)
