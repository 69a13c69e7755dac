"""SQLAlchemy through contrib's tracer, on one engine: no global function is wrapped."""

from typing import TYPE_CHECKING

from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.metrics import NoOpMeter
from sqlalchemy import Engine

from threesignals._contrib.setup import use_stable_names

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(engine: Engine, telemetry: "Telemetry") -> None:
    """Open a CLIENT span for each statement of this engine."""
    use_stable_names()
    unused = NoOpMeter("unused").create_up_down_counter("db.client.connections.usage")
    tracer = telemetry.provider.get_tracer(__name__)
    EngineTracer(tracer, engine, unused)  # type: ignore[no-untyped-call]
