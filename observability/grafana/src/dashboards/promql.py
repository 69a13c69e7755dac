"""The few shapes of PromQL that most panels are made of.

`select` is what stands between the braces, `by` the labels that stay. Rates are per second over
Grafana's `$__rate_interval`, which always spans enough scrapes.
"""

from __future__ import annotations

REQUESTS = "http_server_request_duration_seconds_count"
DURATION = "http_server_request_duration_seconds"
SPAN_CALLS = "traces_span_metrics_calls_total"
SPAN_DURATION = "traces_span_metrics_duration_seconds"

CALLS = "traefik_entrypoint_requests_total"
EDGE = 'entrypoint=~"laptops|port"'

BOTH = 'job=~"laptops|port"'
FAILED = 'http_response_status_code=~"5.."'


def rate(counter: str, select: str = "", *by: str) -> str:
    """Build the rate of a counter, summed by labels."""
    return f"sum{_by(by)} (rate({counter}{{{select}}}[$__rate_interval]))"


def share(part: str, whole: str) -> str:
    """Build one rate over another: 0 when only the whole is there, nothing when there is no whole.

    Both must carry the same labels.
    """
    return f"({part} or {whole} * 0) / ({whole} > 0)"


def errors(select: str, *by: str) -> str:
    """Build the share of requests that were answered with a 5xx."""
    return share(rate(REQUESTS, f"{select}, {FAILED}", *by), rate(REQUESTS, select, *by))


def calls_failed() -> str:
    """Build the rate of 5xx that callers were answered with, by entry point, whoever answered."""
    return rate(CALLS, f'{EDGE}, code=~"5.."', "entrypoint")


def only_at_the_gateway() -> str:
    """Build the rate of 5xx that the gateway gave and no replica, by entry point."""
    seen = calls_failed()
    given = f'label_replace({rate(REQUESTS, f"{BOTH}, {FAILED}", "job")}, "entrypoint", "$1", "job", "(.+)")'
    return f"clamp_min({seen} - on (entrypoint) (sum by (entrypoint) ({given}) or {seen} * 0), 0)"


def quantile(level: float, histogram: str, select: str, *by: str) -> str:
    """Build a quantile of a classic histogram, interpolated within its buckets."""
    return f"histogram_quantile({level}, {rate(f'{histogram}_bucket', select, 'le', *by)})"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
