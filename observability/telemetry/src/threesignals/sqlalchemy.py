"""Instrument a SQLAlchemy engine."""

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from threesignals._core import Telemetry
from threesignals._once import instrumented, mark


def init_engine(engine: Engine | AsyncEngine, telemetry: Telemetry) -> None:
    """Open a CLIENT span for each statement that `engine` executes.

    Called again it changes nothing; with another telemetry it raises RuntimeError.
    """
    synchronous = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
    if not instrumented(synchronous, telemetry):
        telemetry.instrument("sqlalchemy", synchronous)
        mark(synchronous, telemetry)
