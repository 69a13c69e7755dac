"""OpenTelemetry's metrics API on `/metrics`: instruments of the application and of its libraries."""
