"""Places are given in the order in which they were asked for."""

import threading
import time

from chassis.capacity import Places


def waiting(places: Places, served: list[int], number: int) -> threading.Thread:
    """Let a thread wait for a place, and come back once it does."""

    def wait() -> None:
        assert places.take(10)
        served.append(number)
        places.give_back()

    before = len(places._turns)
    thread = threading.Thread(target=wait)
    thread.start()
    while len(places._turns) == before:
        time.sleep(0.001)
    return thread


def test_who_waits_longest_is_next_and_nobody_who_comes_now() -> None:
    places, served = Places(1), list[int]()
    assert places.take()
    threads = [waiting(places, served, number) for number in range(5)]
    assert not places.take()
    places.give_back()
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]
    assert places.take()


def test_who_has_waited_too_long_takes_no_place() -> None:
    places = Places(1)
    assert places.take()
    assert not places.take(0.01)
    places.give_back()
    assert places.take()
    assert not places.take()
