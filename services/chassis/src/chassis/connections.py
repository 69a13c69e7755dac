"""A threaded server's connections, in the words of its event loop: nothing here waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from gunicorn import http  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn  # type: ignore[import-untyped]

from chassis.arrival import Arrival

# As many parts as the kernel takes in one call.
_MOST_PARTS = 1024


class UnhurriedSocket:
    """A socket that keeps what a client doesn't take at once, instead of waiting for it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._kept: list[memoryview] = []
        self._holds = False
        sock.setblocking(False)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever a socket has)
        return getattr(self._sock, name)

    def setblocking(self, _blocking: bool) -> None:
        """Stay as it is: gunicorn's threads ask for a socket that blocks."""

    def hold_head(self) -> None:
        """Let the first part of the next answer wait for the second, or for the answer's end.

        A server that dies between an answer's head and its body would leave half an answer, which
        no gateway can ask another replica for.
        """
        self._holds = True

    def sendall(self, data: bytes) -> None:
        """Send what the client takes at once, keep the rest."""
        self._kept.append(memoryview(data))
        held, self._holds = self._holds, False
        if not held:
            self.send_kept()

    def send_kept(self) -> bool:
        """Go on with what was kept; tell whether all of it is sent. Raises OSError."""
        while self._kept:
            try:
                self._let_go(self._sock.sendmsg(self._kept[:_MOST_PARTS]))
            except BlockingIOError:
                return False
        return True

    def _let_go(self, sent: int) -> None:
        while self._kept and sent >= len(self._kept[0]):
            sent -= len(self._kept.pop(0))
        if sent:
            self._kept[0] = self._kept[0][sent:]


class Connection(TConn):  # type: ignore[misc]
    """A connection and the request that arrives on it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:  # noqa: ANN401
        super().__init__(cfg, UnhurriedSocket(sock), client, server)
        self.initialized = True  # gunicorn's own would read from the socket
        self.parser: Any = None
        self.arrival: Arrival
        self.answered: Future[object] | None = None

    def begin(self, arrival: Arrival) -> None:
        """Expect a request, of which a part may have come behind the one before."""
        rest = self.parser.unreader.take_buffered() if self.parser else b""
        self.arrival, self.parser = arrival, None
        self.sock.hold_head()
        if rest:
            arrival.feed(rest)

    @property
    def stays(self) -> bool:
        """Whether another request may come after the one that was answered."""
        done = self.answered
        if done is None or self.arrival.spoilt or done.cancelled() or done.exception():
            return False
        return bool(done.result())

    def parse(self) -> None:
        """Let gunicorn parse what has arrived: it finds an end where it would have waited."""
        self.parser = http.get_parser(self.cfg, iter([bytes(self.arrival.received)]), self.client)


class Deadlines:
    """Connections that have the same time to do something, the first to be late first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[Connection, float] = {}

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._until

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._until))

    def add(self, connection: Connection) -> None:
        """Begin to count the time of one."""
        self._until[connection] = time.monotonic() + self._seconds

    def discard(self, connection: Connection) -> None:
        """Forget one."""
        self._until.pop(connection, None)

    def first(self) -> Connection | None:
        """Return the one that has had the most time."""
        return next(iter(self._until), None)

    def overdue(self) -> list[Connection]:
        """Return those whose time is over."""
        now = time.monotonic()
        return [connection for connection, until in self._until.items() if until <= now]
