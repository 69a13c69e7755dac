"""Traces, metrics and logs from one measurement, for Flask and FastAPI."""

from threesignals._core import Telemetry
from threesignals._environment import SettingsError
from threesignals._settings import Settings

__all__ = ["Settings", "SettingsError", "Telemetry"]
