"""Where the parts of a running stack answer."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "http://127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Base URLs, without a slash at the end."""

    laptops: str = f"{LOOPBACK}:5000"
    port: str = f"{LOOPBACK}:5001"
    prometheus: str = f"{LOOPBACK}:9090"
    jaeger: str = f"{LOOPBACK}:16686"
    victorialogs: str = f"{LOOPBACK}:9428"
    locust_metrics_port: int = 9646
