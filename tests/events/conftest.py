"""A database with the two tables, and a real broker for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.support.events_worker import EFFECTS, QUEUE, store
from tests.support.exactly_once import delete_queues
from tests.support.rabbitmq import RunningRabbitMQ, running_rabbitmq
from tests.support.signals import RecordedSignals

from events import METADATA


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = store(str(tmp_path / "store.db"))
    METADATA.create_all(engine)
    EFFECTS.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def signals() -> RecordedSignals:
    return RecordedSignals()


@pytest.fixture(scope="session")
def broker() -> Iterator[RunningRabbitMQ]:
    """One broker for all tests: starting one takes five seconds."""
    with running_rabbitmq() as running:
        yield running


@pytest.fixture
def running(broker: RunningRabbitMQ) -> Iterator[RunningRabbitMQ]:
    yield broker
    delete_queues(broker.broker.url, QUEUE)
