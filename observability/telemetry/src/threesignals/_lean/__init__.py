"""The fast path: spans, encoding and middleware of our own, under OpenTelemetry's API."""
