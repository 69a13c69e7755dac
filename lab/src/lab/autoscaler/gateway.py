"""Write Traefik's routes to the file it watches, and see when it has taken them up."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from lab.autoscaler import files
from lab.facts import HOST

INTERNAL = "internal"
"""The entry point for what belongs to the gateway itself."""

HOSTS = ("localhost", HOST, "gateway")
"""Names under which a local gateway is asked: by people, by the lab, and on Docker's network."""

PATIENTLY = {"attempts": 10, "initialInterval": "100ms"}
"""For longer than the health check needs to take a dead replica out: until then a new attempt may
meet the same one."""

MIDDLEWARES = {
    # Whatever the method: not a byte of it has reached a replica, so it cannot be done twice.
    "unsent-again": {"retry": PATIENTLY},
    # Also when a replica was killed with the request in its hands: 502 is the gateway's own word.
    "reads-again": {"retry": {**PATIENTLY, "status": ["502"], "maxRequestBodyBytes": 1024}},
    "safe-to-show": {
        "headers": {
            "contentTypeNosniff": True,
            "frameDeny": True,
            "referrerPolicy": "no-referrer",
        }
    },
    # Traefik has no plain refusal; this one allows an address that no request comes from.
    "misdirected": {
        "ipAllowList": {"sourceRange": ["255.255.255.255/32"], "rejectStatusCode": 421}
    },
}

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
    routers = {"gateway-api": _api(), "strangers": _strangers(list(servers))}
    for name in servers:
        routers |= _routers(name)
    # Traefik refuses a whole file for a section that is empty.
    return {
        "http": {
            "routers": routers,
            "middlewares": MIDDLEWARES,
            **(services if servers else {}),
        }
    }


def _routers(service: str) -> dict[str, Any]:
    """Return the router of a service, and one of its reads, which may be tried again.

    Traefik gives the longer rule the precedence.
    """
    exact = [f"/{service}", "/openapi.json", "/docs"]
    below = [f"/{service}/", "/docs/"]
    rules = [f"Path(`{path}`)" for path in exact] + [f"PathPrefix(`{path}`)" for path in below]
    rule = " || ".join(rules)
    reads = f"({rule}) && (Method(`GET`) || Method(`HEAD`))"
    return {
        service: _router(service, rule, "unsent-again"),
        f"{service}-reads": _router(service, reads, "reads-again"),
    }


def _router(service: str, rule: str, again: str) -> dict[str, Any]:
    return {
        "entryPoints": [service],
        "rule": rule,
        "service": service,
        "middlewares": ["safe-to-show", again],
    }


def _strangers(services: list[str]) -> dict[str, Any]:
    """Return the router, before all others, of requests that come under a foreign name.

    A web page that made its own name lead here (DNS rebinding) is told that there is nothing.
    """
    return {
        "entryPoints": [*services, INTERNAL],
        "rule": " && ".join(f"!Host(`{host}`)" for host in HOSTS),
        "priority": 4000,
        "service": "noop@internal",
        "middlewares": ["misdirected"],
    }


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
