"""Serve an ASGI app as one replica: uvicorn, ended by `Lifecycle`. See `chassis.gunicorn`."""

from __future__ import annotations

import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from chassis.lifecycle import Lifecycle

KEEPALIVE_SECONDS = 120  # longer than a gateway's (Traefik 90 s), so that the gateway closes first
FINISH_SECONDS = 15


class _ReplicaServer(uvicorn.Server):
    """A server that ends as `Lifecycle` says."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle

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
        return await super().on_tick(counter) or self._lifecycle.should_stop


def serve(app: ASGIApp, *, sock: socket.socket, lifecycle: Lifecycle) -> None:
    """Serve until the lifecycle ends; return when requests in flight are answered."""
    config = uvicorn.Config(
        app,
        access_log=False,  # telemetry writes the one line a request
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEPALIVE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
        ws="none",
    )
    _ReplicaServer(config, lifecycle).run(sockets=[sock])
