"""What port says in events, and how it counts laptops from theirs."""

import itertools
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.trace import NoOpTracer
from sqlalchemy import Engine

import events
from events import Event, LaptopAdded, LaptopRemoved, outbox
from events.effects import Outcome
from events.envelope import Envelope
from port.domain import Draft
from port.store import SqlPortStore
from port.worker import SUBSCRIPTION

_ids = itertools.count()


@pytest.fixture
def store(engine: Engine) -> SqlPortStore:
    store = SqlPortStore(engine, partial(events.record, tracer=NoOpTracer()))
    store.prepare()
    return store


def hear(engine: Engine, event: Event, event_id: str | None = None) -> Outcome:
    envelope = Envelope(
        event_id=event_id or f"event-{next(_ids)}",
        type=event.type,
        version=event.version,
        attempt=0,
        in_queue_seconds=0.0,
        creation=None,
    )
    return SUBSCRIPTION.apply(engine, envelope, event.model_dump_json().encode())


def test_a_port_that_goes_is_an_event_of_the_same_moment(
    engine: Engine, store: SqlPortStore
) -> None:
    store.remove(2)
    (row,) = outbox.claim(engine, 10)
    assert (row.type, row.body) == ("port.retired", '{"port_id":2,"name":"USB-A"}')


def test_laptops_are_counted_for_each_of_their_ports(engine: Engine, store: SqlPortStore) -> None:
    hear(engine, LaptopAdded(laptop_id=3, port_ids=(1, 2)))
    hear(engine, LaptopAdded(laptop_id=4, port_ids=(1, 1)))
    hear(engine, LaptopRemoved(laptop_id=3, port_ids=(1, 2)))
    assert store.get(1).laptops == 1
    assert store.get(2).laptops == 0


def test_a_laptop_heard_of_twice_counts_once(engine: Engine, store: SqlPortStore) -> None:
    added = LaptopAdded(laptop_id=3, port_ids=(1,))
    assert [hear(engine, added, "same") for _ in range(2)] == [Outcome.DONE, Outcome.DUPLICATE]
    assert store.get(1).laptops == 1


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)))
def test_the_order_of_events_does_not_matter(
    engine: Engine, store: SqlPortStore, order: list[int]
) -> None:
    before = store.get(1).laptops or 0
    told = [
        LaptopRemoved(laptop_id=3, port_ids=(1,)),
        LaptopAdded(laptop_id=3, port_ids=(1,)),
        LaptopAdded(laptop_id=4, port_ids=(1,)),
        LaptopAdded(laptop_id=5, port_ids=(1,)),
    ]
    for index in order:
        hear(engine, told[index])
    assert store.get(1).laptops == before + 2


def test_an_event_about_a_port_that_is_no_more_changes_nothing(
    engine: Engine, store: SqlPortStore
) -> None:
    hear(engine, LaptopAdded(laptop_id=3, port_ids=(2,)))
    store.remove(2)
    hear(engine, LaptopRemoved(laptop_id=3, port_ids=(2,)))
    assert store.add(Draft("USB-A again", id=2)).id == 2
    assert store.get(2).laptops == 0


def test_without_events_nobody_counts(engine: Engine) -> None:
    store = SqlPortStore(engine)
    store.prepare()
    assert store.get(1).laptops is None
