"""One worker on a real broker, seen from outside: what it does and what it tells."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind
from sqlalchemy import Engine
from tests.support.events_worker import POISON, QUEUE, worker
from tests.support.exactly_once import Effects, effects
from tests.support.rabbitmq import RunningRabbitMQ
from tests.support.signals import RecordedSignals

from events import LaptopAdded, dead, outbox, record
from events.connection import connected
from events.messages import encode
from events.outbox import Pending
from events.settings import EventsSettings
from events.topology import declare_exchange

pytestmark = pytest.mark.e2e


def while_working(
    running: RunningRabbitMQ,
    engine: Engine,
    signals: RecordedSignals,
    scenario: Callable[[], Awaitable[None]],
    **settings: object,
) -> None:
    """Run `scenario` beside a worker, then stop the worker in order."""

    async def both() -> None:
        stop = asyncio.Event()
        given = EventsSettings.model_validate({"amqp_url": running.broker.url, **settings})
        one = worker(engine, given, signals)
        working = asyncio.create_task(one.run(stop))
        await until(lambda: one.ready)
        try:
            await scenario()
        finally:
            stop.set()
            await working

    asyncio.run(both())


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (the condition is a database's)
            await asyncio.sleep(0.02)


def add(engine: Engine, laptop_id: int, signals: RecordedSignals) -> None:
    with signals.tracer.start_as_current_span("POST /laptops"), engine.begin() as connection:
        connection.execute(record(LaptopAdded(laptop_id=laptop_id), signals.tracer))


def test_an_event_takes_effect_within_a_second_and_leaves_two_linked_traces(
    running: RunningRabbitMQ, engine: Engine, signals: RecordedSignals
) -> None:
    async def scenario() -> None:
        add(engine, 1, signals)
        await until(lambda: effects(engine).laptops == 1, seconds=1.0)

    while_working(running, engine, signals, scenario)
    spans = {span.name: span for span in signals.spans}
    created = spans["create events:laptop.added.v1"]
    sent = spans["send events"]
    processed = spans[f"process events:laptop.added.v1:{QUEUE}"]
    assert (created.kind, sent.kind, processed.kind) == (
        SpanKind.PRODUCER,
        SpanKind.CLIENT,
        SpanKind.CONSUMER,
    )
    assert sent.parent is None
    assert processed.parent is None
    assert linked(sent) == linked(processed) == [ids(created.context)]
    assert processed.context.trace_id != created.context.trace_id
    assert outbox.backlog(engine).pending == 0


def test_a_message_leaves_one_line_with_both_trace_ids_and_is_counted(
    running: RunningRabbitMQ, engine: Engine, signals: RecordedSignals
) -> None:
    async def scenario() -> None:
        add(engine, 1, signals)
        await until(lambda: effects(engine).laptops == 1)

    while_working(running, engine, signals, scenario)
    (line,) = (line for line in signals.lines if line["event"] == "message.process")
    created = next(s for s in signals.spans if s.name.startswith("create"))
    assert line["outcome"] == "done"
    assert line["event.type"] == "laptop.added"
    assert line["producer.trace_id"] == f"{created.context.trace_id:032x}"
    assert line["producer.span_id"] == f"{created.context.span_id:016x}"
    assert 0 <= line["in_queue_s"] < 5
    labels = {"messaging_destination_name": QUEUE, "event_type": "laptop.added"}
    consumed = signals.sample(
        "messaging_client_consumed_messages_total", labels | {"outcome": "done"}
    )
    assert consumed == 1
    assert signals.sample("events_outbox_pending") == 0
    assert signals.sample(
        "events_time_in_queue_seconds_count", {"messaging_destination_name": QUEUE}
    )


def test_a_message_sent_twice_has_one_effect(
    running: RunningRabbitMQ, engine: Engine, signals: RecordedSignals
) -> None:
    message = Pending(
        id=1,
        event_id="00000000-0000-4000-8000-000000000001",
        type=LaptopAdded.type,
        version=LaptopAdded.version,
        body=LaptopAdded(laptop_id=1).model_dump_json(),
        traceparent=None,
        tracestate=None,
        created_at=time.time(),
    )

    async def scenario() -> None:
        async with connected(running.broker.url, "tests") as connection:
            exchange = await declare_exchange(await connection.channel())
            for _ in range(2):
                await exchange.publish(encode(message), message.routing_key)
        await until(lambda: len(outcomes(signals)) == 2)

    while_working(running, engine, signals, scenario)
    assert sorted(outcomes(signals)) == ["done", "duplicate"]
    assert effects(engine) == Effects(laptops=1, doubled=0)


def test_poison_is_tried_as_often_as_allowed_and_can_be_looked_at_and_replayed(
    running: RunningRabbitMQ, engine: Engine, signals: RecordedSignals
) -> None:
    async def scenario() -> None:
        add(engine, POISON, signals)
        await until(lambda: outcomes(signals).count("dead") == 1)
        (letter,) = await dead.look(running.broker.url, QUEUE)
        assert (letter.type, letter.failure, letter.attempts) == (
            "laptop.added",
            "PoisonedError",
            3,
        )
        (same,) = await dead.look(running.broker.url, QUEUE)
        assert same == letter
        assert await dead.replay(running.broker.url, QUEUE) == 1
        await until(lambda: outcomes(signals).count("dead") == 2)
        assert await dead.discard(running.broker.url, QUEUE) == 1

    while_working(running, engine, signals, scenario, retry_delays_seconds=(0.1, 0.2))
    assert outcomes(signals) == ["retried", "retried", "dead"] * 2
    failed = [span for span in signals.spans if span.name.startswith("process")]
    assert all(
        span.attributes["error.type"] == "PoisonedError" for span in failed if span.attributes
    )


def linked(span: ReadableSpan) -> list[tuple[int, int]]:
    return [ids(link.context) for link in span.links]


def ids(context: SpanContext) -> tuple[int, int]:
    return context.trace_id, context.span_id


def outcomes(signals: RecordedSignals) -> list[str]:
    return [line["outcome"] for line in signals.lines if line["event"] == "message.process"]
