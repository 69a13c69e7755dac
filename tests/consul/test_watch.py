"""Following one thing in Consul: each value once, and never in a hurry."""

import time

from consulkit import watch
from consulkit.client import Answer
from consulkit.watch import Watch


def followed(indexes: list[int]) -> list[str]:
    """What a watch says has changed while Consul answers at once, with these indexes in turn."""
    changed: list[str] = []
    left = list(indexes)

    def fetch(_index: int) -> Answer[str]:
        if len(left) == 1:
            following.stop()
        return Answer(left[0], f"value {left.pop(0)}")

    following = Watch(fetch, changed=changed.append, failed=lambda _: None, name="test")
    following.start()
    following._thread.join(timeout=30)
    return changed


def test_each_value_is_told_once() -> None:
    assert followed([7, 7, 7, 9, 9]) == ["value 7", "value 9"]


def test_a_consul_that_counts_anew_is_followed() -> None:
    assert followed([7, 2, 3]) == ["value 7", "value 3"]


def test_a_consul_that_does_not_wait_is_not_asked_without_a_pause() -> None:
    before = time.monotonic()

    followed([7, 7, 7])

    assert time.monotonic() - before >= watch.FIRST_PAUSE_SECONDS
