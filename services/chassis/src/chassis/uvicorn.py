"""Serve an ASGI app as one replica: uvicorn, ended by `Lifecycle`. See `chassis.gunicorn`."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from chassis.lifecycle import Lifecycle
from chassis.patience import FINISH_SECONDS, KEEPALIVE_SECONDS, Closed
from chassis.protocol import Clients, UnhurriedProtocol

TICKS_A_SECOND = 10


class _ReplicaServer(uvicorn.Server):
    """A server that ends as `Lifecycle` says."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, clients: Clients) -> None:
        super().__init__(config)
        self._lifecycle, self._clients = lifecycle, clients

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Begin to drain: from now on each response closes its connection.

        The signal isn't recorded, so uvicorn doesn't raise it again and the process exits with 0.
        """
        self._lifecycle.on_signal(sig)
        close = (b"connection", b"close")
        self.config.encoded_headers.append(close)
        self.server_state.default_headers.append(close)

    async def on_tick(self, counter: int) -> bool:
        """Stop when the drain is over: uvicorn asks ten times a second."""
        if counter % TICKS_A_SECOND == 0:
            self._clients.hurry(asyncio.get_running_loop().time())
        return await super().on_tick(counter) or self._lifecycle.should_stop


def serve(
    app: ASGIApp, *, sock: socket.socket, lifecycle: Lifecycle, registry: CollectorRegistry
) -> None:
    """Serve until the lifecycle ends; return when requests in flight are answered."""
    clients = Clients(Closed(registry))
    protocol: Any = partial(UnhurriedProtocol, clients)
    config = uvicorn.Config(
        app,
        http=protocol,
        access_log=False,  # telemetry writes the one line a request
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEPALIVE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
        ws="none",
    )
    _ReplicaServer(config, lifecycle, clients).run(sockets=[sock])
