"""How spans and log lines leave the process: encoded, queued, sent and retried off the request."""
