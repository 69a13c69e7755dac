from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine
from tests.support.events_worker import QUEUE, count
from tests.support.exactly_once import Effects, effects

from events import LaptopAdded, PortRetired, Subscription, inbox
from events.effects import Outcome
from events.envelope import Envelope
from events.errors import InvalidEventError

BODY = LaptopAdded(laptop_id=7).model_dump_json().encode()


def envelope(event_id: str = "one", kind: str = "laptop.added") -> Envelope:
    return Envelope(
        event_id=event_id, type=kind, version=1, attempt=0, in_queue_seconds=0.0, creation=None
    )


@pytest.fixture
def subscription() -> Subscription:
    return Subscription(QUEUE).on(LaptopAdded, count)


def test_an_event_has_its_effect(engine: Engine, subscription: Subscription) -> None:
    assert subscription.apply(engine, envelope(), BODY) is Outcome.DONE
    assert effects(engine) == Effects(laptops=1, doubled=0)


def test_a_second_delivery_has_none(engine: Engine, subscription: Subscription) -> None:
    subscription.apply(engine, envelope(), BODY)
    assert subscription.apply(engine, envelope(), BODY) is Outcome.DUPLICATE
    assert effects(engine).doubled == 0


def test_deliveries_at_the_same_moment_have_one_effect(
    engine: Engine, subscription: Subscription
) -> None:
    with ThreadPoolExecutor(8) as consumers:
        outcomes = list(
            consumers.map(lambda _: subscription.apply(engine, envelope(), BODY), range(8))
        )
    assert sorted(outcomes) == [Outcome.DONE] + [Outcome.DUPLICATE] * 7
    assert effects(engine) == Effects(laptops=1, doubled=0)


def test_an_effect_that_fails_is_not_remembered_and_can_be_tried_again(engine: Engine) -> None:
    def fail(connection: Connection, added: LaptopAdded) -> None:
        count(connection, added)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Subscription(QUEUE).on(LaptopAdded, fail).apply(engine, envelope(), BODY)
    assert effects(engine).laptops == 0
    outcome = Subscription(QUEUE).on(LaptopAdded, count).apply(engine, envelope(), BODY)
    assert outcome is Outcome.DONE


def test_an_event_without_a_handler_is_refused(engine: Engine, subscription: Subscription) -> None:
    body = PortRetired(port_id=1, name="USB-C").model_dump_json().encode()
    with pytest.raises(InvalidEventError, match="no handler"):
        subscription.apply(engine, envelope(kind="port.retired"), body)


def test_a_message_without_an_id_is_refused_for_it_could_count_twice(
    engine: Engine, subscription: Subscription
) -> None:
    with pytest.raises(InvalidEventError):
        subscription.apply(engine, envelope(event_id=""), BODY)


def test_a_queue_is_bound_to_what_it_handles(subscription: Subscription) -> None:
    assert subscription.routing_keys == ["laptop.added.v1"]


def test_events_of_long_ago_are_forgotten(engine: Engine, subscription: Subscription) -> None:
    subscription.apply(engine, envelope(), BODY)
    assert inbox.purge(engine) == 0
    assert inbox.purge(engine, older_than_seconds=-1) == 1
