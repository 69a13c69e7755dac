"""OpenTelemetry's metrics API on `/metrics`: what an application and its libraries measure."""
