"""Traces, metrics and logs from one measurement, for Flask and FastAPI."""
