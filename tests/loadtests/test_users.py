import re
from itertools import pairwise
from typing import NamedTuple

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from locust.env import Environment

from timetable import clock, next_slot, phase_of, slots_between
from users import LaptopsUser, PortUser, ServiceUser, slot_missed, traceparent


@pytest.mark.parametrize("count", [5, 10, 50, 100])
def test_users_are_spread_evenly_over_their_second(count: int) -> None:
    phases = sorted(phase_of(number) for number in range(count))
    gaps = [later - earlier for earlier, later in pairwise([*phases, phases[0] + 1])]
    assert min(gaps) > 0.35 / count
    assert max(gaps) < 2.7 / count


@given(st.floats(0, 1e6), st.floats(0, 0.99))
def test_a_user_on_time_keeps_its_timetable(slot: float, latency: float) -> None:
    assert next_slot(slot, slot + latency) == slot + 1.0


def test_a_user_made_late_goes_on_at_once_and_back_on_its_timetable() -> None:
    late = next_slot(10.25, 13.5)
    assert late == 13.25
    assert next_slot(late, 13.75) == 14.25


@given(st.floats(0, 1e4), st.floats(0, 100))
def test_every_slot_is_either_the_next_or_missed(previous: float, late: float) -> None:
    following = next_slot(previous, previous + late)
    missed = slots_between(previous, following)
    slots = [previous, *missed, following]
    assert [round(after - before, 6) for before, after in pairwise(slots)] == [1.0] * (
        len(missed) + 1
    )


def test_a_user_tells_of_each_slot_that_passed_while_it_waited() -> None:
    told: list[dict[str, object]] = []
    slot_missed.add_listener(lambda **slot: told.append(slot))
    user = SlowUser()
    user._due = clock() - 3.5
    assert user.wait_time() == 0
    late = [round(slot["now"] - slot["due"], 1) for slot in told]  # type: ignore[operator]
    assert (late, told[0]["service"]) == ([2.5, 1.5], "laptops")


def test_the_trace_context_is_the_w3c_one_and_sampled() -> None:
    header = traceparent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", header)


@pytest.mark.parametrize("user", [LaptopsUser, PortUser])
def test_nine_of_ten_requests_read(user: type[ServiceUser]) -> None:
    names = [task.__name__ for task in user.tasks]
    assert len(names) == 10
    assert names.count("create_or_delete") == 1


def test_a_new_laptop_names_no_port() -> None:
    assert set(LaptopsUser.new_item) == {"title", "model"}


class Answer(NamedTuple):
    status_code: int = 201

    def json(self) -> dict[str, int]:
        return {"id": 7}


class SlowUser(LaptopsUser):
    """Sends nothing; a creation takes a moment."""

    def __init__(self) -> None:
        self._creation = None
        self.sent: list[tuple[str, str]] = []

    def send(self, method: str, path: str, **_: object) -> Answer:
        self.sent.append((method, path))
        gevent.sleep(0.01)
        return Answer()


def test_a_user_that_is_ended_while_it_creates_deletes_what_it_created() -> None:
    user = SlowUser()
    working = gevent.spawn(user.create_or_delete)
    gevent.sleep(0)
    working.kill()
    user.on_stop()
    assert user.sent == [("POST", "/laptops"), ("DELETE", "/laptops/7")]


class SomeUser(LaptopsUser):
    """A user of no real service."""

    host = "http://127.0.0.1:9"


class SlowClient:
    """Takes a moment for each request, and tells of it as Locust's client does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.answered = 0

    def request(self, *_: object, **__: object) -> Answer:
        gevent.sleep(self.seconds)
        self.answered += 1
        return Answer()


def sending(seconds: float) -> tuple[LaptopsUser, SlowClient, list[object]]:
    user, client, failed = SomeUser(Environment()), SlowClient(seconds), []
    user.client, user._due = client, clock()
    user.environment.events.request.add_listener(lambda exception, **_: failed.append(exception))
    return user, client, failed


def test_a_user_that_is_ended_as_it_sends_still_gets_its_answer() -> None:
    user, client, failed = sending(seconds=0.01)
    working = gevent.spawn(user.list_items)
    gevent.sleep(0)
    gevent.sleep(0)
    working.kill()
    assert (client.answered, failed) == (1, [])


def test_a_request_that_is_given_up_is_told_as_one_that_failed() -> None:
    user, client, failed = sending(seconds=60)
    working = gevent.spawn(user.list_items)
    gevent.sleep(0.01)
    working.kill(block=False)
    gevent.sleep(0.01)
    working.kill()
    assert client.answered == 0
    assert [type(each).__name__ for each in failed] == ["CutOffError"]
