"""From finished items to batches, on a thread of its own: the request only appends to a deque."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from telemetry.export.outbox import Batch, Outbox

Item = TypeVar("Item")

# Items handled before the interpreter lock is offered to requests again.
SLICE = 32
# A batch is closed at this size; it bounds how long one POST takes.
BATCH_BYTES = 512 * 1024
# Finished items a process holds before they are encoded, as a last resort.
MOST_PENDING = 65_536


class Pipeline(Generic[Item]):
    """Encodes items in small slices and hands batches to an outbox.

    `encode` returns the bytes of an item, or None when it is not exported. `wrap` turns joined
    items into a request. Without an outbox, items are encoded for their side effects only.
    """

    def __init__(
        self,
        encode: Callable[[Item], bytes | None],
        wrap: Callable[[bytes], bytes],
        outbox: Outbox | None,
        *,
        interval_seconds: float,
    ) -> None:
        self.outbox = outbox
        self._encode = encode
        self._wrap = wrap
        self._interval = interval_seconds
        self.reset()

    def reset(self) -> None:
        """Start anew after a fork: what is pending is the parent's to send."""
        self._pending: deque[Item] = deque()
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._working = threading.RLock()
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        if self.outbox:
            self.outbox.reset()

    def put(self, item: Item) -> None:
        """Take a finished item; never blocks."""
        if len(self._pending) >= MOST_PENDING:
            self._overflow()
            return
        self._pending.append(item)
        if self._thread is None:
            self._start()

    def _overflow(self) -> None:
        if self.outbox:
            self.outbox.dropped["queue_full"] += 1

    def _start(self) -> None:
        with self._working:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._run, name="telemetry-encode", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._interval)
            self.drain()

    def drain(self) -> None:
        """Encode everything pending now and hand it on."""
        while self._pending:
            with self._working:
                self._slice()
            time.sleep(0)
        with self._working:
            self._close_batch()

    def _slice(self) -> None:
        for _ in range(min(SLICE, len(self._pending))):
            encoded = self._encode(self._pending.popleft())
            if encoded is not None and self.outbox:
                self._batch.append(encoded)
                self._batch_bytes += len(encoded)
        if self._batch_bytes >= BATCH_BYTES:
            self._close_batch()

    def _close_batch(self) -> None:
        if self._batch and self.outbox:
            body = self._wrap(b"".join(self._batch))
            self.outbox.put(Batch(body, len(self._batch)))
            self._batch, self._batch_bytes = [], 0

    def flush(self, deadline: float) -> bool:
        """Encode and send everything; False when `deadline` (of time.monotonic) came first."""
        self.drain()
        return self.outbox.flush(deadline) if self.outbox else True

    def close(self, deadline: float) -> None:
        """Send everything, or count as dropped what could not be sent by `deadline`."""
        self._closed = True
        self._wake.set()
        self.drain()
        if self.outbox:
            self.outbox.close(deadline)
