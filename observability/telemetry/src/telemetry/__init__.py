"""Traces, metrics and logs from one measurement, for Flask and FastAPI."""

from telemetry.core import Telemetry
from telemetry.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "Telemetry"]
