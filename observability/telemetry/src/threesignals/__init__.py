"""Traces, metrics and logs from one measurement, for Flask and FastAPI."""

from threesignals._core import Telemetry
from threesignals._settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "Telemetry"]
