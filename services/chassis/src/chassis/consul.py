"""What Consul adds to a replica: an entry, a directory, and knobs that turn while it runs.

All of it is off unless `CONSUL_HTTP_ADDR` says where Consul is; then nothing of it is even loaded.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chassis.faults import Faults
from chassis.knobs import ROOT, Knobs
from chassis.lifecycle import Lifecycle
from chassis.routing import tags
from chassis.settings import ServiceSettings

if TYPE_CHECKING:
    import httpx

    from consulkit import Agent
    from threesignals import Telemetry

ADDRESS = "CONSUL_HTTP_ADDR"
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not listened on)


class Link:
    """One replica's way to Consul, in the words of a service."""

    def __init__(self, agent: Agent[Knobs]) -> None:
        self._agent = agent

    def supplier_latency(self) -> float:
        """Return how many seconds the simulated supplier takes now."""
        return self._agent.settings().supplier_latency_seconds

    def faults(self) -> Faults:
        """Return the simulated faults that are switched on now."""
        return self._agent.settings().faults()

    def transport(self, service: str) -> httpx.BaseTransport:
        """Return a transport to a service's healthy replicas, in turn."""
        return self._agent.transport(service)

    def register(self, sock: socket.socket, lifecycle: Lifecycle) -> None:
        """Register where this replica listens, until it drains."""
        host, port = sock.getsockname()[:2]
        if host in ANY_ADDRESS:  # a container: others reach it by its own address
            host = socket.gethostbyname(socket.gethostname())
        self._agent.register(host, port, leaving=lambda: lifecycle.draining)

    def close(self) -> None:
        """Deregister, and follow nothing any more."""
        self._agent.close()


def connect(title: str, settings: ServiceSettings, telemetry: Telemetry) -> Link | None:
    """Return a link whose knobs, those of service `title`, are followed already.

    None without an address. Consul need not answer: until it does, the settings' own values hold.
    """
    if not os.environ.get(ADDRESS):
        return None
    from consulkit import Agent, Identity  # noqa: PLC0415 (a service without Consul starts faster)

    def apply(knobs: Knobs) -> None:
        telemetry.log_level = knobs.log_level
        telemetry.keep_share(knobs.traces_sampled_percent)

    initial = Knobs(
        log_level=settings.log_level,
        traces_sampled_percent=settings.traces_sampled_percent,
        supplier_latency_seconds=settings.supplier_latency_seconds,
    )
    apply(initial)
    identity = Identity(service=title, root=ROOT, tags=tags(title))
    return Link(Agent.from_env(identity, initial, telemetry, apply))


@contextmanager
def registered(link: Link | None, sock: socket.socket, lifecycle: Lifecycle) -> Iterator[None]:
    """Keep a replica registered while the block runs; without a link do nothing."""
    if link is None:
        yield
        return
    link.register(sock, lifecycle)
    try:
        yield
    finally:
        link.close()
