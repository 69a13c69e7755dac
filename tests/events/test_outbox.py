from concurrent.futures import ThreadPoolExecutor

from opentelemetry.trace import NoOpTracer, SpanKind, format_trace_id
from sqlalchemy import Engine
from tests.support.signals import RecordedSignals

from events import LaptopAdded, PortRetired, outbox, record

TRACER = NoOpTracer()


def put(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        for laptop_id in range(1, count + 1):
            connection.execute(record(LaptopAdded(laptop_id=laptop_id), TRACER))


def test_an_event_is_there_once_its_transaction_is(engine: Engine) -> None:
    put(engine, 2)
    rows = outbox.claim(engine, 10)
    assert [row.routing_key for row in rows] == ["laptop.added.v1"] * 2
    assert [row.body for row in rows] == [
        '{"laptop_id":1,"port_ids":[]}',
        '{"laptop_id":2,"port_ids":[]}',
    ]


def test_an_event_of_a_transaction_that_fails_never_was(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(record(PortRetired(port_id=1, name="USB-C"), TRACER))
        connection.rollback()
    assert outbox.backlog(engine).pending == 0


def test_rows_that_one_relay_has_taken_are_not_given_to_another(engine: Engine) -> None:
    put(engine, 3)
    assert len(outbox.claim(engine, 2)) == 2
    assert len(outbox.claim(engine, 10)) == 1
    assert outbox.claim(engine, 10) == []


def test_relays_that_claim_at_once_share_the_rows_out(engine: Engine) -> None:
    put(engine, 200)
    with ThreadPoolExecutor(4) as relays:
        batches = list(relays.map(lambda _: outbox.claim(engine, 50), range(4)))
    ids = [row.id for batch in batches for row in batch]
    assert len(ids) == len(set(ids)) == 200


def test_rows_of_a_relay_that_died_come_back_when_its_lease_is_over(engine: Engine) -> None:
    put(engine, 1)
    outbox.claim(engine, 10, lease_seconds=0)
    assert len(outbox.claim(engine, 10)) == 1


def test_a_confirmed_row_is_gone_and_a_released_one_is_due_again(engine: Engine) -> None:
    put(engine, 2)
    confirmed, refused = outbox.claim(engine, 10)
    outbox.forget(engine, [confirmed.id])
    outbox.release(engine, [refused.id])
    assert [row.id for row in outbox.claim(engine, 10)] == [refused.id]


def test_a_refused_row_waits_out_its_pause(engine: Engine) -> None:
    put(engine, 1)
    (row,) = outbox.claim(engine, 10)
    outbox.release(engine, [row.id], pause_seconds=60)
    assert outbox.claim(engine, 10) == []


def test_the_backlog_counts_what_is_claimed_too(engine: Engine) -> None:
    assert outbox.backlog(engine) == outbox.Backlog(pending=0, oldest_age_seconds=0.0)
    put(engine, 2)
    outbox.claim(engine, 1)
    backlog = outbox.backlog(engine)
    assert backlog.pending == 2
    assert 0 <= backlog.oldest_age_seconds < 5


def test_recording_is_a_producer_span_whose_context_travels_with_the_event(
    engine: Engine, signals: RecordedSignals
) -> None:
    with signals.tracer.start_as_current_span("DELETE /port/{id}"), engine.begin() as connection:
        connection.execute(record(PortRetired(port_id=2, name="USB-A"), signals.tracer))
    created, request = signals.spans
    (row,) = outbox.claim(engine, 1)
    assert created.name == "create events:port.retired.v1"
    assert created.kind is SpanKind.PRODUCER
    assert created.parent == request.context
    assert created.attributes == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "create",
        "messaging.operation.type": "create",
        "messaging.destination.name": "events:port.retired.v1",
        "messaging.rabbitmq.destination.routing_key": "port.retired.v1",
        "messaging.message.id": row.event_id,
    }
    assert row.traceparent is not None
    assert row.traceparent.split("-")[1] == format_trace_id(request.context.trace_id)
