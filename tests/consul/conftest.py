from collections.abc import Iterator

import pytest
from tests.support.consul import RunningConsul, running_consul
from tests.support.signals import RecordedSignals

from consulkit import Consul, ConsulSettings, Metrics


@pytest.fixture
def signals() -> RecordedSignals:
    return RecordedSignals()


@pytest.fixture
def metrics(signals: RecordedSignals) -> Metrics:
    return Metrics(signals.registry)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsul]:
    with running_consul(tmp_path_factory.mktemp("consul")) as running:
        yield running


@pytest.fixture
def consul(running: RunningConsul) -> Iterator[Consul]:
    running.start()
    consul = Consul(ConsulSettings(consul_http_addr=running.server.url))
    yield consul
    consul.close()
