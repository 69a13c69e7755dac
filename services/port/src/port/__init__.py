"""The port service: a small catalogue on FastAPI."""
