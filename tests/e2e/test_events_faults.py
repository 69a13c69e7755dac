"""Faults on a real broker: each of 10,000 events takes effect once, whatever goes down."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.trace import NoOpTracer
from sqlalchemy import Engine
from tests.support.events_worker import EFFECTS, POISON, QUEUE, store
from tests.support.exactly_once import (
    COUNT,
    FIRST_ID,
    assert_each_took_effect_once,
    delete_queues,
    effects,
    wait_for,
    wait_for_effects,
    worker_process,
    write_events,
)
from tests.support.rabbitmq import RunningRabbitMQ, running_rabbitmq

from events import METADATA, LaptopAdded, dead, outbox, record

ABSENT_SECONDS = float(os.environ.get("EVENTS_ABSENT_SECONDS", "10"))
"""How long the broker stays away under load; 300 makes it the five minutes of a real outage."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(230 + ABSENT_SECONDS),
    pytest.mark.xdist_group("rabbitmq"),
]


@pytest.fixture(scope="module")
def broker() -> Iterator[RunningRabbitMQ]:
    with running_rabbitmq() as running:
        yield running


@pytest.fixture
def running(broker: RunningRabbitMQ) -> Iterator[RunningRabbitMQ]:
    yield broker
    broker.start()
    delete_queues(broker.broker.url, QUEUE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = store(str(path))
    METADATA.create_all(engine)
    EFFECTS.create_all(engine)
    yield engine
    engine.dispose()


def test_a_restart_of_the_broker_loses_and_doubles_nothing(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    write_events(engine)
    with worker_process(path, running.broker.url):
        wait_for_effects(engine, COUNT // 10)
        running.stop()
        running.start()
        assert_each_took_effect_once(engine)


def test_a_killed_broker_loses_and_doubles_nothing(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    write_events(engine)
    with worker_process(path, running.broker.url):
        wait_for_effects(engine, COUNT // 10)
        running.kill()
        running.start()
        assert_each_took_effect_once(engine)


def test_a_consumer_killed_in_mid_message_loses_and_doubles_nothing(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    write_events(engine)
    for reached in (COUNT // 10, COUNT // 4, COUNT // 2):
        with worker_process(path, running.broker.url) as worker:
            wait_for_effects(engine, reached)
            worker.send_signal(signal.SIGKILL)
    # A relay may have died with rows that it had leased: nobody waits a minute for them here.
    outbox.release(engine, range(1, COUNT + 1))
    with worker_process(path, running.broker.url):
        assert_each_took_effect_once(engine)


def test_poison_ends_among_the_dead_letters_and_holds_up_nobody(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(record(LaptopAdded(laptop_id=POISON), NoOpTracer()))
        broken = record(LaptopAdded(laptop_id=1), NoOpTracer()).values(body='{"laptop_id": "x"}')
        connection.execute(broken)
    write_events(engine)
    with worker_process(path, running.broker.url, RETRY_DELAYS_SECONDS="0.2,0.4"):
        assert_each_took_effect_once(engine)
        wait_for(lambda: len(_dead_letters(running)) == 2, every=0.5)
    causes = {letter.failure: letter.attempts for letter in _dead_letters(running)}
    assert causes == {"InvalidEventError": 1, "PoisonedError": 3}


def test_publishers_blocked_by_the_memory_alarm_go_on_when_it_is_over(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    write_events(engine)
    with worker_process(path, running.broker.url, CONFIRM_SECONDS="3"):
        wait_for_effects(engine, COUNT // 20)
        running.broker.tool("rabbitmqctl", "set_vm_memory_high_watermark", "0.0001")
        try:
            assert "Memory alarm" in running.broker.tool("rabbitmq-diagnostics", "alarms")
            time.sleep(5)  # the alarm lasts longer than the relay waits for confirms
            assert outbox.backlog(engine).pending > 0
        finally:
            running.broker.tool("rabbitmqctl", "set_vm_memory_high_watermark", "0.4")
        assert_each_took_effect_once(engine)


def test_an_absent_broker_costs_the_services_nothing_and_no_event(
    running: RunningRabbitMQ, engine: Engine, path: Path
) -> None:
    running.stop()
    with worker_process(path, running.broker.url):
        slowest = _write_for(engine, ABSENT_SECONDS)
        assert effects(engine).laptops == 0
        assert outbox.backlog(engine).pending == COUNT
        running.start()
        assert_each_took_effect_once(engine)
    assert slowest < 1.0, "a write waited for a broker that it does not need"


def _dead_letters(running: RunningRabbitMQ) -> list[dead.DeadLetter]:

    return asyncio.run(dead.look(running.broker.url, QUEUE))


def _write_for(engine: Engine, seconds: float) -> float:
    """Write all events at an even pace, as a service under load; return the slowest write."""
    slowest, tracer, started = 0.0, NoOpTracer(), time.monotonic()
    for done in range(COUNT):
        before = time.monotonic()
        with engine.begin() as connection:
            connection.execute(record(LaptopAdded(laptop_id=FIRST_ID + done), tracer))
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(max(0.0, started + seconds * (done + 1) / COUNT - time.monotonic()))
    return slowest
