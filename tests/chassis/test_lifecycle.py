import signal
import socket

import pytest

from chassis.lifecycle import CannotListenError, Lifecycle, listen


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def left() -> list[int]:
    return []


@pytest.fixture
def lifecycle(clock: Clock, left: list[int]) -> Lifecycle:
    return Lifecycle(drain_seconds=5, clock=clock, leave_at_once=left.append)


def test_a_replica_serves_until_told_to_stop(lifecycle: Lifecycle) -> None:
    assert not lifecycle.draining
    assert not lifecycle.should_stop


def test_sigterm_drains_before_it_stops(lifecycle: Lifecycle, clock: Clock) -> None:
    lifecycle.on_signal(signal.SIGTERM)

    clock.now = 4.9
    assert lifecycle.draining
    assert not lifecycle.should_stop
    clock.now = 5.0
    assert lifecycle.should_stop


def test_sigint_stops_without_a_drain(lifecycle: Lifecycle) -> None:
    lifecycle.on_signal(signal.SIGINT)

    assert lifecycle.should_stop


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_leaves_at_once(
    lifecycle: Lifecycle, left: list[int], second: signal.Signals
) -> None:
    lifecycle.on_signal(signal.SIGTERM)
    lifecycle.on_signal(second)

    assert left == [128 + second]


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotListenError) as caught:
            listen("127.0.0.1", port)

    assert str(caught.value) == f"Cannot listen on 127.0.0.1 port {port}: Address already in use."


def test_a_name_that_does_not_resolve_is_told_in_a_sentence() -> None:
    with pytest.raises(CannotListenError, match=r"^Cannot listen on no\.such"):
        listen("no.such.host.invalid", 0)


def test_an_answer_in_two_parts_is_not_held_back() -> None:
    with listen("127.0.0.1", 0) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
