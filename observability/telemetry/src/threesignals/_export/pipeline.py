"""From finished items to batches, on one thread: a request only appends to a deque."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from threesignals._clock import CLOCK
from threesignals._export.outbox import Batch, Outbox
from threesignals._export.wire import entry

# Items handled at a time: so many that the loop around them is cheap.
SLICE = 32
# After this long the thread offers the interpreter lock to requests, between two slices. A request
# hardly notices such a wait; offering it more often would cost all of them more.
HOLD_SECONDS = 0.0003
# Pending items that wake the thread early: few enough to be in the processor's cache still.
WAKE_AT = 256
# A batch is closed at this size; it bounds how long one POST takes.
BATCH_BYTES = 512 * 1024
# Finished items a process holds; above it, the thread that finishes one handles a slice itself.
MOST_PENDING = 32_768


class Later:
    """A call that the pipeline's thread makes, because whoever gives it must not."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call


def _call(items: Iterator[Later]) -> None:
    for item in items:
        with suppress(Exception):  # the application's own, of which nobody is left to hear
            item.call()


# Takes items of one type until there are no more. It is called again when it fails on one.
Handler = Callable[[Iterator[Any]], None]
# Makes a message of entries, given in pieces, of the number of their bytes, and of the entries of
# other scopes.
Wrap = Callable[[Sequence[bytes], int, Mapping[bytes, Sequence[bytes]]], bytes]


class Lane:
    """Collects the encoded items of one signal into batches for its outbox."""

    def __init__(self, outbox: Outbox, wrap: Wrap) -> None:
        self.outbox = outbox
        self.wrap = wrap
        self.reset()

    def reset(self) -> None:
        """Forget what is collected: after a fork it is the parent's to send."""
        self._empty()
        self.outbox.reset()

    def _empty(self) -> None:
        self._pieces: list[bytes] = []
        self._others: dict[bytes, list[bytes]] = defaultdict(list)
        self._items = self._size = self._others_size = 0

    def add(self, first: bytes, second: bytes = b"", third: bytes = b"") -> None:
        """Take one encoded item, whose parts are joined when the batch is closed."""
        size = len(first) + len(second) + len(third)
        head = entry(size)
        self._pieces += (head, first, second, third)
        self._items += 1
        self._size += len(head) + size
        if self._size >= BATCH_BYTES:
            self.close_batch()

    def add_of(self, scope: bytes, encoded: bytes) -> None:
        """Take one encoded item of another scope than the lane's."""
        self._others[scope] += (entry(len(encoded)), encoded)
        self._items += 1
        self._others_size += len(encoded)
        if self._others_size >= BATCH_BYTES:
            self.close_batch()

    def close_batch(self) -> None:
        """Hand what is collected to the outbox."""
        if self._items:
            batch = Batch(self.wrap(self._pieces, self._size, self._others), self._items)
            self._empty()
            self.outbox.put(batch)


def encoding(
    encode: Callable[[Any], bytes], lane: Lane, scope: Callable[[Any], bytes] = lambda _: b""
) -> Handler:
    """Return a handler that encodes items, each into one entry of a lane.

    `scope` names an item's scope, encoded; empty when it is the lane's.
    """

    def handle(items: Iterator[Any]) -> None:
        for item in items:
            if other := scope(item):
                lane.add_of(other, encode(item))
            else:
                lane.add(encode(item))

    return handle


class Pipeline:
    """Hands finished items to the handler of their type, in small slices, away from requests."""

    def __init__(self, lanes: Sequence[Lane], *, interval_seconds: float) -> None:
        self.lanes = lanes
        self.handlers: dict[type, Handler] = {Later: _call}
        self._interval = interval_seconds
        self.reset()

    def reset(self) -> None:
        """Start anew after a fork: what is pending is the parent's to handle."""
        self._pending: deque[Any] = deque()
        self._working = threading.RLock()
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        for lane in self.lanes:
            lane.reset()

    def handle(self, handlers: Mapping[type, Handler]) -> None:
        """Say what to do with items of these types."""
        self.handlers.update(handlers)

    def put(self, item: object) -> None:
        """Take a finished item. Never waits; when far behind, handles a slice at once instead."""
        self._pending.append(item)
        pending = len(self._pending)
        if pending == WAKE_AT:
            self._wake.set()
        elif pending > MOST_PENDING:
            self._slice()
        if self._thread is None:
            self._start()

    def later(self, call: Callable[[], object]) -> None:
        """Make a call soon, on the pipeline's thread.

        For what the garbage collector frees: it may run in the midst of anything, a change of the
        current context among them, so that a finalizer must neither take a lock nor make a context
        current. This takes none, and leaves waking the thread to the next item.
        """
        self._pending.append(Later(call))

    def _start(self) -> None:
        with self._working:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
            if not self._closed:
                self._thread.start()

    def _run(self) -> None:
        due = CLOCK.seconds() + self._interval
        while not self._closed:
            woken = self._wake.wait(max(0.0, due - CLOCK.seconds()))
            self._wake.clear()
            self._handle_pending()
            if not woken or CLOCK.seconds() >= due:
                self._close_batches()
                due = CLOCK.seconds() + self._interval

    def drain(self) -> None:
        """Handle everything pending now, and hand what is exported to the outboxes."""
        self._handle_pending()
        self._close_batches()

    def _handle_pending(self) -> None:
        begun = CLOCK.seconds()
        while self._pending:
            self._slice()
            if CLOCK.seconds() - begun > HOLD_SECONDS:
                time.sleep(0)
                begun = CLOCK.seconds()

    def _close_batches(self) -> None:
        with self._working:
            for lane in self.lanes:
                lane.close_batch()

    def _slice(self) -> None:
        with self._working:
            items: dict[type, list[Any]] = defaultdict(list)
            for _ in range(min(SLICE, len(self._pending))):
                item = self._pending.popleft()
                items[type(item)].append(item)
            for kind, alike in items.items():
                self._handle(kind, alike)

    def _handle(self, kind: type, items: Sequence[Any]) -> None:
        """Let an item that cannot be handled cost itself only."""
        left = iter(items)
        for _ in items:
            try:
                (self.handlers.get(kind) or self._inherit(kind))(left)
            except Exception:  # telemetry must not end its own thread
                self._lose()
            else:
                return

    def _inherit(self, kind: type) -> Handler:
        """Find the handler of a base type, and remember it."""
        base = next(base for base in kind.__mro__ if base in self.handlers)
        handler = self.handlers[kind] = self.handlers[base]
        return handler

    def _lose(self) -> None:
        for lane in self.lanes:
            lane.outbox.dropped["fault"] += 1

    def flush(self, deadline: float) -> bool:
        """Handle and send everything; False when `deadline` (of CLOCK.seconds) came first."""
        self.drain()
        flushed = [lane.outbox.flush(deadline) for lane in self.lanes]
        return all(flushed)

    def close(self, deadline: float) -> None:
        """Send everything, or count as dropped what could not be sent by `deadline`."""
        self._closed = True
        self._wake.set()
        self.drain()
        for lane in self.lanes:
            lane.outbox.close(deadline)
