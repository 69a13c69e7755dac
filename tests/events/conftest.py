"""A database with the two tables, and a real broker for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from tests.support.events_worker import EFFECTS, QUEUE, store
from tests.support.exactly_once import delete_queues
from tests.support.rabbitmq import RunningRabbitMQ, running_rabbitmq
from tests.support.signals import RecordedSignals

from events import METADATA


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty store of each kind that the services know."""
    if request.param == "sqlite":
        engine = store(str(tmp_path / "store.db"))
    else:
        engine = create_engine(request.getfixturevalue("server").url + "postgres", pool_size=10)
    METADATA.create_all(engine)
    EFFECTS.create_all(engine)
    yield engine
    METADATA.drop_all(engine)
    EFFECTS.drop_all(engine)
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
