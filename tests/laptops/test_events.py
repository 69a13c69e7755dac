"""What laptops says in events, and what it does about port's."""

from functools import partial

import pytest
from opentelemetry.trace import NoOpTracer
from sqlalchemy import Engine

import events
from events import PortRetired, outbox
from events.effects import Outcome
from events.envelope import Envelope
from laptops.domain import Draft, LaptopNotFoundError
from laptops.store import SqlLaptopStore
from laptops.worker import SUBSCRIPTION


@pytest.fixture
def store(engine: Engine) -> SqlLaptopStore:
    store = SqlLaptopStore(engine, partial(events.record, tracer=NoOpTracer()))
    store.prepare()
    return store


def said(engine: Engine) -> list[tuple[str, str]]:
    return [(row.type, row.body) for row in outbox.claim(engine, 10)]


def retire(engine: Engine, port_id: int) -> Outcome:
    event = PortRetired(port_id=port_id, name="USB-A")
    envelope = Envelope(
        event_id=f"retired-{port_id}",
        type=event.type,
        version=event.version,
        attempt=0,
        in_queue_seconds=0.0,
        creation=None,
    )
    return SUBSCRIPTION.apply(engine, envelope, event.model_dump_json().encode())


def test_a_laptop_that_is_added_or_removed_is_an_event(
    engine: Engine, store: SqlLaptopStore
) -> None:
    laptop = store.add(Draft("Framework", "13", ports=(1, 2)))
    store.remove(laptop.id)
    body = f'{{"laptop_id":{laptop.id},"port_ids":[1,2]}}'
    assert said(engine) == [("laptop.added", body), ("laptop.removed", body)]


def test_what_did_not_happen_is_no_event(engine: Engine, store: SqlLaptopStore) -> None:
    with pytest.raises(LaptopNotFoundError):
        store.remove(99)
    assert said(engine) == []


def test_without_a_recorder_nothing_is_said(engine: Engine) -> None:
    store = SqlLaptopStore(engine)
    store.prepare()
    store.add(Draft("Framework", "13"))
    assert said(engine) == []


def test_a_retired_port_goes_from_the_laptops_that_name_it(
    engine: Engine, store: SqlLaptopStore
) -> None:
    two = store.add(Draft("Framework", "13", ports=(1, 2)))
    twelve = store.add(Draft("Framework", "16", ports=(12,)))
    assert retire(engine, 2) is Outcome.DONE
    assert store.get(two.id).ports == (1,)
    assert store.get(twelve.id).ports == (12,)
    assert retire(engine, 2) is Outcome.DUPLICATE


def test_the_worker_is_bound_to_what_it_can_do() -> None:
    assert SUBSCRIPTION.routing_keys == ["port.retired.v1"]
