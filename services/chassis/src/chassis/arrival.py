"""A request on its way in, for a server whose threads are not to wait for it."""

from __future__ import annotations

import httptools

from chassis.patience import HEAD_BYTES


class Arrival:
    """The bytes of a connection that no request has used yet, and whether they suffice.

    `complete` is true when there is nothing to wait for: a whole request is here, or so much of one
    that it can only be refused. After the latter the connection is of no more use: `spoilt`.
    """

    def __init__(self, *, max_body_bytes: int) -> None:
        self.received = bytearray()
        self.complete = False
        self.spoilt = False
        self.head_too_large = False
        self.owes_continue = False
        self._max_body_bytes = max_body_bytes
        self._body_bytes = 0
        self._in_body = False
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take in what the client sent."""
        self.received += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.complete = True
        except httptools.HttpParserError:
            self._give_up()
        if not self._in_body and not self.complete and len(self.received) > HEAD_BYTES:
            self.head_too_large = True
            self._give_up()

    def take_continue(self) -> bool:
        """Whether the client waits for `100 Continue`; it is owed only once."""
        owed, self.owes_continue = self.owes_continue, False
        return owed and not self.complete

    def _give_up(self) -> None:
        """Wait for no more, unless the trouble is behind a request that is whole."""
        if not self.complete:
            self.complete = self.spoilt = True

    # What httptools calls while it is fed.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note what the request says of its body."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.owes_continue = True
        elif name == b"content-length" and value.isdigit():
            self._expect(int(value[:20]))

    def on_headers_complete(self) -> None:
        """Note that the head has ended."""
        self._in_body = True

    def on_body(self, data: bytes) -> None:
        """Count what has come of the body."""
        self._body_bytes += len(data)
        self._expect(self._body_bytes)

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self.complete = True

    def _expect(self, body_bytes: int) -> None:
        if body_bytes > self._max_body_bytes:
            self._give_up()
