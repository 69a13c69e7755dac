"""gunicorn's threaded worker, save that no thread waits for a client.

gunicorn's own lends a thread to every client that is slow to send or to take, so a few hundred of
those stop it. Here the event loop reads a request until it is whole, and writes what its client did
not take at once; in between a thread has it, which never waits for the network.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from selectors import EVENT_READ, EVENT_WRITE

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from chassis import patience
from chassis.arrival import Arrival
from chassis.connections import Connection, Deadlines

PROBE_THREADS = 2
PROBES = (b"GET /healthz ", b"GET /readyz ", b"GET /metrics ")
RECEIVE_BYTES = 65_536
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


class UnhurriedWorker(ThreadWorker):  # type: ignore[misc]
    """A connection arrives, is in a thread, leaves its answer with the client; it idles or lingers.

    Whoever makes one sets the two attributes that have no value here.
    """

    closed: patience.Closed
    max_body_bytes: int

    def init_process(self) -> None:
        """Make what the loop needs, and run it."""
        self.arriving = Deadlines(patience.REQUEST_SECONDS)
        self.leaving = Deadlines(patience.RESPONSE_SECONDS)
        self.lingering = Deadlines(patience.LINGER_SECONDS)
        self.probes = ThreadPoolExecutor(PROBE_THREADS)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection that waits, if it still does."""
        try:
            sock, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno in OUT_OF_FILES and self.make_room():
                return
            raise
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, sock, address, listener.getsockname()))

    def enqueue_req(self, connection: Connection) -> None:
        """Expect a request: on a new connection, or on one on which something comes again."""
        connection.begin(Arrival(max_body_bytes=self.max_body_bytes))
        self._read(connection)

    def _read(self, connection: Connection) -> None:
        """Take in what is there, and go on when it is a whole request."""
        arrival = connection.arrival
        try:
            data = b"" if arrival.complete else connection.sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return self._watch(connection, EVENT_READ, self._read, self.arriving)
        except OSError:
            return self._drop(connection)
        if data:
            arrival.feed(data)
        elif not arrival.complete:  # the client has closed
            return self._drop(connection)
        return self._go_on(connection, arrival)

    def _go_on(self, connection: Connection, arrival: Arrival) -> None:
        if arrival.head_too_large:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            return self._send_away(connection, status, "head_too_large")
        if arrival.complete:
            return self._lend_thread(connection)
        if arrival.take_continue():
            connection.sock.sendall(patience.CONTINUE)
            connection.sock.send_kept()
            connection.sock.hold_head()
        return self._watch(connection, EVENT_READ, self._read, self.arriving)

    def _lend_thread(self, connection: Connection) -> None:
        """Have the request handled. Probes have threads that no other request can take."""
        self._unwatch(connection)
        connection.parse()
        probe = connection.arrival.received.startswith(PROBES)
        future = (self.probes if probe else self.tpool).submit(self.handle, connection)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, connection, done)
        )

    def finish_request(self, connection: Connection, done: Future[object]) -> None:
        """Leave the answer with the client."""
        connection.answered = done
        self._write(connection)

    def _write(self, connection: Connection) -> None:
        """Send what the client takes now; when that was all, idle or linger."""
        try:
            sent = connection.sock.send_kept()
        except OSError:
            return self._drop(connection)
        if not sent:
            return self._watch(connection, EVENT_WRITE, self._write, self.leaving)
        self._unwatch(connection)
        if connection.stays:
            return super().finish_request(connection, connection.answered)  # type: ignore[no-any-return]
        return self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """Let the client read the answer: to close while it sends would take that from it."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return self._drop(connection)
        return self._watch(connection, EVENT_READ, self._discard, self.lingering)

    def _discard(self, connection: Connection) -> None:
        try:
            if connection.sock.recv(RECEIVE_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(connection)

    def murder_pending(self) -> None:
        """Close what is overdue; gunicorn's loop calls this once a second at least."""
        for connection in self.arriving.overdue():
            self._send_away(connection, HTTPStatus.REQUEST_TIMEOUT, "request_late")
        for connection in self.leaving.overdue():
            self.closed.count("response_late")
            self._drop(connection)
        for connection in self.lingering.overdue():
            self._drop(connection)
        if not self.alive:  # whoever has said nothing yet is not waited for at the end
            for connection in self.arriving:
                if not connection.arrival.received:
                    self._drop(connection)

    def _send_away(
        self, connection: Connection, status: HTTPStatus, reason: patience.Reason
    ) -> None:
        """Close a connection, and say why if a request has begun on it."""
        self.closed.count(reason)
        self._unwatch(connection)
        with suppress(OSError):
            if connection.arrival.received:
                connection.sock.sendall(patience.last_words(status))
        connection.answered = None
        self._write(connection)

    def make_room(self) -> bool:
        """Close the connection that is the least loss; tell whether there was one."""
        victim = self.lingering.first() or self.arriving.first()
        if victim is None and self.keepalived_conns:
            victim = self.keepalived_conns.popleft()
        if victim is None:
            return False
        self.closed.count("too_many")
        self._drop(victim)
        return True

    def _watch(
        self,
        connection: Connection,
        event: int,
        callback: Callable[[Connection], None],
        deadlines: Deadlines,
    ) -> None:
        """Call back when the client sends or takes, until a deadline that counts from now."""
        if connection in deadlines:
            return
        deadlines.add(connection)
        self.poller.register(connection.sock, event, lambda _: callback(connection))

    def _unwatch(self, connection: Connection) -> None:
        for deadlines in (self.arriving, self.leaving, self.lingering):
            deadlines.discard(connection)
        with suppress(KeyError, ValueError):
            self.poller.unregister(connection.sock)

    def _drop(self, connection: Connection) -> None:
        self._unwatch(connection)
        self.nr_conns -= 1
        connection.close()
