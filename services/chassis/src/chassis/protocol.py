"""uvicorn's protocol, save that it waits for no client for longer than `chassis.patience` says.

uvicorn itself has a limit for idle connections only. A timer for each request would cost more than
what it guards against, so all connections are looked at once a second (`Clients.hurry`).
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from itertools import chain
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis import patience


class Clients:
    """The connections of one server; those we wait for, since when, the longest first."""

    def __init__(self, closed: patience.Closed) -> None:
        self.closed = closed
        self.open: set[UnhurriedProtocol] = set()
        self.owe: dict[UnhurriedProtocol, float] = {}
        """Those that owe us a request."""
        self.leave: dict[UnhurriedProtocol, float] = {}
        """Those that have yet to take an answer."""

    def hurry(self, now: float) -> None:
        """Close each whose request is late, or whose client doesn't take its answer."""
        for each in list(self.open):
            each.hurry(now)

    def make_room(self) -> None:
        """When there are too many, close the one that has let us wait the longest, or an idle one.

        A connection that is working for its client stays.
        """
        if len(self.open) < patience.CONNECTIONS:
            return
        idle = (each for each in self.open if each.idle)
        victim = next(chain(self.owe, self.leave, idle), None)
        if victim is not None:
            victim.give_up("too_many")

    def forget(self, client: UnhurriedProtocol) -> None:
        """Forget a connection that is gone."""
        self.open.discard(client)
        self.owe.pop(client, None)
        self.leave.pop(client, None)


class UnhurriedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, clients: Clients, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._clients = clients
        self._begun = False
        self._in_head = False
        self._head_bytes = 0

    @property
    def idle(self) -> bool:
        """Whether all that was asked is answered."""
        return self.cycle is not None and self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request at once, and make room for it."""
        self._clients.make_room()
        self._clients.open.add(self)
        super().connection_made(transport)
        self._clients.owe[self] = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._clients.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what the client sent, unless it is a head without an end."""
        began_in_head = self._in_head
        super().data_received(data)
        if began_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > patience.HEAD_BYTES and not self.transport.is_closing():
                self._send_away(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large")

    def on_message_begin(self) -> None:
        """Note that a request begins; on a new connection it has been awaited already."""
        super().on_message_begin()
        self._begun, self._in_head, self._head_bytes = True, True, 0
        self._clients.owe.setdefault(self, self.loop.time())

    def on_headers_complete(self) -> None:
        """Note that the head has ended."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._begun = False
        self._clients.owe.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Count the time of a further request from here: we read none while we answered."""
        if self._clients.owe.pop(self, None) is not None:
            self._clients.owe[self] = self.loop.time()
        super().on_response_complete()

    def hurry(self, now: float) -> None:
        """Close if a request is late, or an answer that the client doesn't take."""
        if not self.transport.get_write_buffer_size():
            self._clients.leave.pop(self, None)
        elif now - self._clients.leave.setdefault(self, now) > patience.RESPONSE_SECONDS:
            return self.give_up("response_late")
        if self._is_late(now):
            return self._send_away(HTTPStatus.REQUEST_TIMEOUT, "request_late")
        return None

    def _is_late(self, now: float) -> bool:
        since = self._clients.owe.get(self, now)
        ours = self.flow.read_paused or self.transport.is_closing()
        return not ours and now - since > patience.REQUEST_SECONDS

    def _send_away(self, status: HTTPStatus, reason: patience.Reason) -> None:
        """Close, and say why if a request has begun and nothing is under way that it would cut."""
        self._clients.closed.count(reason)
        quiet = self.idle or self.cycle is None or not self.cycle.response_started
        if self._begun and quiet:
            self.transport.write(patience.last_words(status))
        self.transport.close()

    def give_up(self, reason: patience.Reason) -> None:
        """Close without another word."""
        self._clients.closed.count(reason)
        self._clients.forget(self)
        self.transport.abort()
