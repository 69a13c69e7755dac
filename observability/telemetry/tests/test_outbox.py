"""Nothing waits, nothing grows without bound, nothing is lost without being counted."""

import threading
import time
from collections.abc import Callable

from threesignals._export.outbox import Batch, Outbox
from threesignals._export.transport import Outcome


class FakeSender:
    """Answers as it is told, and remembers what it has taken."""

    def __init__(self, outcome: Outcome = Outcome.SENT) -> None:
        self.outcome = outcome
        self.taken: list[bytes] = []
        self.reason = ""
        self.attempts = 0
        self.blocked = threading.Event()
        self.blocked.set()

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        self.attempts += 1
        self.blocked.wait(timeout_seconds)
        if self.outcome is Outcome.SENT:
            self.taken.append(body)
        return self.outcome

    def reset(self) -> None:
        pass


def outbox(sender: FakeSender, limit_bytes: int = 1000) -> Outbox:
    return Outbox(sender, signal="traces", limit_bytes=limit_bytes)


def soon(condition: Callable[[], object], seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())


def test_batches_arrive_in_order() -> None:
    sender = FakeSender()
    box = outbox(sender)
    for body in (b"one", b"two", b"three"):
        box.put(Batch(body, 1))
    assert box.flush(time.monotonic() + 3)
    assert sender.taken == [b"one", b"two", b"three"]
    assert (box.sent, box.queued_bytes) == (3, 0)


def test_no_thread_runs_before_there_is_something_to_send() -> None:
    before = threading.active_count()
    outbox(FakeSender())
    assert threading.active_count() == before


def test_a_batch_is_repeated_until_the_collector_is_back() -> None:
    sender = FakeSender(Outcome.RETRY)
    box = outbox(sender)
    box.put(Batch(b"one", 5))
    assert soon(lambda: sender.attempts >= 2)
    assert (box.sent, sum(box.dropped.values())) == (0, 0)
    sender.outcome = Outcome.SENT
    assert box.flush(time.monotonic() + 3)
    assert box.sent == 5
    assert box.failures >= 2


def test_a_batch_that_is_refused_for_good_is_dropped_and_counted() -> None:
    box = outbox(FakeSender(Outcome.REJECTED))
    box.put(Batch(b"one", 5))
    assert box.flush(time.monotonic() + 3)
    assert box.dropped == {"rejected": 5}


def test_a_full_queue_drops_its_oldest_batches_and_counts_their_items() -> None:
    sender = FakeSender(Outcome.RETRY)
    box = outbox(sender, limit_bytes=100)
    for number in range(5):
        box.put(Batch(bytes([number]) * 40, 10))
    assert box.queued_bytes <= 100
    assert box.dropped == {"queue_full": 30}
    sender.outcome = Outcome.SENT
    assert box.flush(time.monotonic() + 8)
    assert sender.taken == [b"\x03" * 40, b"\x04" * 40]
    assert box.sent == 20


def test_a_batch_dropped_while_it_is_under_way_is_counted_once() -> None:
    sender = FakeSender()
    sender.blocked.clear()
    box = outbox(sender, limit_bytes=50)
    box.put(Batch(b"a" * 40, 1))
    assert soon(lambda: sender.attempts)
    box.put(Batch(b"b" * 40, 1))
    sender.blocked.set()
    assert box.flush(time.monotonic() + 3)
    assert box.sent + sum(box.dropped.values()) == 2
    assert box.queued_bytes == 0


def test_put_does_not_wait_for_a_collector_that_hangs() -> None:
    sender = FakeSender()
    sender.blocked.clear()
    box = outbox(sender)
    begun = time.monotonic()
    for _ in range(100):
        box.put(Batch(b"x", 1))
    assert time.monotonic() - begun < 0.5
    sender.blocked.set()


def test_close_sends_what_is_queued() -> None:
    sender = FakeSender()
    box = outbox(sender)
    box.put(Batch(b"one", 1))
    box.close(time.monotonic() + 3)
    assert sender.taken == [b"one"]


def test_close_keeps_its_deadline_and_counts_what_is_left() -> None:
    box = outbox(FakeSender(Outcome.RETRY))
    box.put(Batch(b"one", 7))
    begun = time.monotonic()
    box.close(begun + 0.3)
    assert time.monotonic() - begun < 0.6
    assert box.dropped == {"shutdown": 7}
    assert box.queued_bytes == 0


def test_a_forked_child_starts_with_an_empty_queue() -> None:
    sender = FakeSender(Outcome.RETRY)
    box = outbox(sender)
    box.put(Batch(b"the parent's", 1))
    box.reset()
    sender.outcome = Outcome.SENT
    box.put(Batch(b"the child's", 1))
    assert box.flush(time.monotonic() + 3)
    assert b"the child's" in sender.taken


def test_what_comes_after_the_close_is_counted_as_dropped() -> None:
    box = outbox(FakeSender())
    box.close(time.monotonic())
    box.put(Batch(b"late", 3))
    assert box.dropped == {"shutdown": 3}
