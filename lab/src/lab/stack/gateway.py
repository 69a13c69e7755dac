"""Traefik's static configuration: its entry points and what it tells about itself.

The routes are the autoscaler's; see lab.autoscaler.gateway.
"""

from collections.abc import Collection
from typing import Any

from lab.facts import HOST, SERVICES
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from threesignals.names import DURATION_BUCKETS

ASK_HEADER = "x-trace"
"""`x-trace: keep` asks for a request's trace; the collector's sampling reads it from the span."""

DEADLINES = {"readTimeout": "10s", "writeTimeout": "90s", "idleTimeout": "90s"}
"""For a whole request and for a whole answer, a replica's own wait included: a byte now and then
puts neither off."""


def static(ports: Ports, layout: Layout, extras: Collection[str] = ()) -> dict[str, Any]:
    """Everything Traefik must know at start.

    The routes come from the file that it watches. With Consul the replicas' entries there come
    first, and the file's routes remain for while it has none.
    """
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "entryPoints": {
            **{service: _public(getattr(ports, service)) for service in SERVICES},
            "internal": _internal(ports.gateway_internal),
        },
        "providers": {
            "file": {"filename": str(layout.routes), "watch": True},
            # A replica that is to stop waits until the gateway has let go of it: not 2 s each time.
            "providersThrottleDuration": "200ms",
        }
        | (_catalogue(ports) if "consul" in extras else {}),
        "api": {"dashboard": False},
        "ping": {"entryPoint": "internal"},
        # The services' own bounds, so that gateway and service can be compared.
        "metrics": {"prometheus": {"entryPoint": "internal", "buckets": [*DURATION_BUCKETS]}},
        "tracing": _tracing(ports, follows="consul" in extras),
        "log": {"level": "INFO", "noColor": True},
    }


def _catalogue(ports: Ports) -> dict[str, Any]:
    endpoint = {"address": f"{HOST}:{ports.consul}", "scheme": "http"}
    # Watched: a replica that drains or fails its check is out as soon as Consul knows.
    return {"consulCatalog": {"endpoint": endpoint, "exposedByDefault": False, "watch": True}}


def _public(port: int) -> dict[str, Any]:
    return {
        "address": f"{HOST}:{port}",
        "transport": {"lifeCycle": {"graceTimeOut": "5s"}, "respondingTimeouts": DEADLINES},
        "observability": {"accessLogs": False},
    }


def _internal(port: int) -> dict[str, Any]:
    """Probes, metrics and the gateway's API: no signal tells of requests for signals."""
    silent = {"accessLogs": False, "metrics": False, "tracing": False}
    return {"address": f"{HOST}:{port}", "observability": silent}


def _tracing(ports: Ports, *, follows: bool) -> dict[str, Any]:
    # A gateway cannot follow a share that changes: it keeps none by itself, and the collector keeps
    # its span with those of the services behind it.
    share = {"traces.sampled_percent": "0"} if follows else {}
    return {
        "serviceName": "gateway",
        "resourceAttributes": {"service.namespace": "laptop-lab"} | share,
        "sampleRate": 1.0,
        "capturedRequestHeaders": [ASK_HEADER],
        "otlp": {"grpc": {"endpoint": f"{HOST}:{ports.otlp_grpc}", "insecure": True}},
    }
