"""The life of a replica: starting, ready, draining, stopped.

It ends in the order of a request: stop being ready, so that gateways look elsewhere; keep serving
while they notice; stop accepting; finish what is in flight; and only then flush telemetry.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from chassis.errors import CannotStartError

BUFFER_BYTES = 65_536


class Lifecycle:
    """Says whether a replica is ready, and when it is time to stop accepting.

    A server's adapter calls `on_signal` from its signal handler and polls `should_stop`.
    """

    def __init__(
        self,
        *,
        drain_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        leave_at_once: Callable[[int], None] = os._exit,
    ) -> None:
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._leave_at_once = leave_at_once
        self._stop_at: float | None = None

    @property
    def draining(self) -> bool:
        """Whether the end has begun."""
        return self._stop_at is not None

    @property
    def should_stop(self) -> bool:
        """Whether the drain is over: accept nothing more."""
        return self._stop_at is not None and self._clock() >= self._stop_at

    def on_signal(self, number: int) -> None:
        """Begin the end on the first signal; leave at once on the second.

        SIGTERM comes from a supervisor and drains. SIGINT comes from a person at a terminal, who
        has no gateway to wait for.
        """
        if self.draining:
            self._leave_at_once(128 + number)
        patience = self._drain_seconds if number == signal.SIGTERM else 0.0
        self._stop_at = self._clock() + patience


class CannotListenError(CannotStartError):
    """The address to listen on is taken or not ours; the text says which."""


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that a replica serves on; raise `CannotListenError` if it can't be had."""
    _allow_files()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotListenError(
            f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}."
        ) from None
    # gunicorn sends head and body apart: without this the body waits 40 ms for the head's ACK.
    # Accepted sockets inherit it.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # What a slow client leaves in the kernel is memory too, megabytes each if nobody says so.
    for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        sock.setsockopt(socket.SOL_SOCKET, buffer, BUFFER_BYTES)
    return sock


def _allow_files() -> None:
    """Ask for as many open files as we may have: a connection is one, and shells allow 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def exit_process(status: int) -> NoReturn:
    """End the process without waiting for its threads: a request may have outlasted its time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
