"""Write Traefik's routes to the file it watches, and see when it has taken them up."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from lab.autoscaler import files

INTERNAL = "internal"
"""The entry point for what belongs to the gateway itself."""

Servers = Mapping[str, Sequence[str]]
"""Service name → base URLs of the replicas that take its requests."""


def routes(servers: Servers) -> dict[str, Any]:
    """Return Traefik's dynamic configuration.

    Each service has an entry point of its own name, which leads to its API and its description and
    to nothing else: probes and metrics stay inside.
    """
    services = {
        "services": {name: _service(urls) for name, urls in servers.items()},
        "serversTransports": {"replicas": _transport()},
    }
    # Traefik refuses a whole file for a section that is empty.
    return {
        "http": {
            "routers": {name: _router(name) for name in servers} | {"gateway-api": _api()},
            **(services if servers else {}),
        }
    }


def _router(service: str) -> dict[str, Any]:
    exact = [f"/{service}", "/openapi.json", "/docs"]
    below = [f"/{service}/", "/docs/"]
    rules = [f"Path(`{path}`)" for path in exact] + [f"PathPrefix(`{path}`)" for path in below]
    return {"entryPoints": [service], "rule": " || ".join(rules), "service": service}


def _api() -> dict[str, Any]:
    return {"entryPoints": [INTERNAL], "rule": "PathPrefix(`/api`)", "service": "api@internal"}


def _service(urls: Iterable[str]) -> dict[str, Any]:
    return {
        "loadBalancer": {
            "servers": [{"url": url} for url in urls],
            # A dead replica refuses the probe at once. One that is slow is full, not dead, and to
            # take it out would send its load to the others.
            "healthCheck": {"path": "/readyz", "interval": "1s", "timeout": "5s"},
            "serversTransport": "replicas",
        }
    }


def _transport() -> dict[str, Any]:
    # A connection is dropped before the replica's server drops it, or a request could be sent down
    # a connection that is just being closed.
    return {"forwardingTimeouts": {"dialTimeout": "2s", "idleConnTimeout": "1s"}}


class Gateway:
    """One Traefik: the file it watches, and a client of its internal entry point."""

    def __init__(self, file: Path, client: httpx.Client) -> None:
        self._file, self._client = file, client

    def write(self, servers: Servers) -> bool:
        """Ask for these routes; tell whether that is a change."""
        return files.replace(self._file, yaml.safe_dump(routes(servers), sort_keys=False))

    def servers(self, service: str) -> set[str]:
        """Return the base URLs to which requests go now. Raises httpx.HTTPError when it is away.

        The answer comes from the same table as the routing, so what is missing in it gets no new
        request any more.
        """
        answer = self._client.get(f"/api/http/services/{service}@file")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return set()
        answer.raise_for_status()
        return {server["url"] for server in answer.json()["loadBalancer"].get("servers", [])}
