"""Instrument a SQLAlchemy engine."""

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from threesignals._core import Telemetry


def init_engine(engine: Engine | AsyncEngine, telemetry: Telemetry) -> None:
    """Open a CLIENT span for each statement that `engine` executes."""
    synchronous = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
    telemetry.instrument("sqlalchemy", synchronous)
