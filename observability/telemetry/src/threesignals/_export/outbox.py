"""Batches on their way to the collector: bound by memory, retried until they arrive.

No request waits here. A batch leaves the queue when the collector has it, when the collector
refuses it for good, or when the queue is full and it is the oldest; the last two are counted.
"""

import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from threesignals._clock import CLOCK
from threesignals._export.transport import Outcome, Sender

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0


class Batch(NamedTuple):
    """Encoded items of one signal, ready to send."""

    body: bytes
    items: int


class Outbox:
    """A queue of batches for one signal, and the thread that sends them.

    The thread starts with the first batch, so that a server may fork after the application is
    built. `sent`, `dropped` (by reason) and `failures` count since the process began. `watch` is
    told of each attempt, and why it failed.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        signal: str,
        limit_bytes: int,
        watch: Callable[[Outcome, str], None] = lambda outcome, reason: None,
    ) -> None:
        self.signal = signal
        self._watch = watch
        self._sender = sender
        self._limit = limit_bytes
        self.reset()

    def reset(self) -> None:
        """Begin anew after a fork: what is queued and counted is the parent's to send and tell."""
        self.sent = 0
        self.failures = 0
        self.dropped: Counter[str] = Counter()
        self._batches: deque[Batch] = deque()
        self.queued_bytes = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._deadline: float | None = None
        self._closed = False
        self._sender.reset()

    def put(self, batch: Batch) -> None:
        """Queue a batch, dropping the oldest ones when the queue would grow over its limit."""
        with self._changed:
            if self._closed:
                self.dropped["shutdown"] += batch.items
                return
            while self._batches and self.queued_bytes + len(batch.body) > self._limit:
                self._drop(self._batches.popleft(), "queue_full")
            self._batches.append(batch)
            self.queued_bytes += len(batch.body)
            if self._thread is None:
                self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        name = f"telemetry-{self.signal}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _drop(self, batch: Batch, reason: str) -> None:
        self.queued_bytes -= len(batch.body)
        self.dropped[reason] += batch.items

    def close(self, deadline: float) -> None:
        """Send what is queued until `deadline` (of CLOCK.seconds); count the rest as dropped."""
        with self._changed:
            self._deadline = deadline
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - CLOCK.seconds()))
        with self._changed:
            self._closed = True
            while self._batches:
                self._drop(self._batches.popleft(), "shutdown")
            self._changed.notify_all()

    def flush(self, deadline: float) -> bool:
        """Wait until everything queued has been sent; False when the deadline came first."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._batches, max(0.0, deadline - CLOCK.seconds())
            )

    def _run(self) -> None:
        delays = _Backoff()
        while batch := self._next():
            outcome = self._sender.send(batch.body, self._seconds_left())
            self._watch(outcome, self._sender.reason)
            if outcome is Outcome.RETRY:
                self.failures += 1
                self._pause(delays.next())
            else:
                delays = _Backoff()
                self._settle(batch, outcome)

    def _next(self) -> Batch | None:
        """Return the oldest batch, which stays until it is settled; None when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._batches or self._deadline is not None)
            ended = self._deadline is not None and CLOCK.seconds() >= self._deadline
            return self._batches[0] if self._batches and not ended else None

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        with self._changed:
            # A full queue may have dropped this batch while it was under way; then it was counted.
            if not self._batches or self._batches[0] is not batch:
                return
            self._batches.popleft()
            if outcome is Outcome.SENT:
                self.sent += batch.items
                self.queued_bytes -= len(batch.body)
            else:
                self._drop(batch, "rejected")
            self._changed.notify_all()

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else max(0.05, self._deadline - CLOCK.seconds())

    def _pause(self, seconds: float) -> None:
        """Wait between attempts; a shutdown cuts the wait short once, to try again at once."""
        with self._changed:
            closing = self._deadline is not None
            stop: Callable[[], bool] = lambda: not closing and self._deadline is not None  # noqa: E731
            self._changed.wait_for(stop, min(seconds, 0.25) if closing else seconds)


class _Backoff:
    """Exponential delays with jitter, so that replicas do not return to the collector together."""

    def __init__(self) -> None:
        self._delay = FIRST_DELAY_SECONDS

    def next(self) -> float:
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY_SECONDS)
        return delay * random.uniform(0.8, 1.2)  # noqa: S311 (not a secret)
