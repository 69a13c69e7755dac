"""A real RabbitMQ for tests: on loopback, on free ports, in a folder that goes away."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lab.programs.rabbitmq import HOST, RabbitMQ, RabbitMQPorts, RunningRabbitMQ, scripts


@contextmanager
def running_rabbitmq() -> Iterator[RunningRabbitMQ]:
    """Run a broker; skip the test (which fails in CI) when RabbitMQ is not installed."""
    if scripts() is None:
        pytest.skip("RabbitMQ is not installed")
    folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
    ports = RabbitMQPorts(
        **dict(zip(RabbitMQPorts.__dataclass_fields__, free_ports(5), strict=True))
    )
    # The default limit would block every publisher on a machine with a small disk.
    broker = RabbitMQ(folder=folder, ports=ports, settings=("disk_free_limit.absolute = 20MB",))
    running = RunningRabbitMQ(broker)
    try:
        running.start()
        yield running
    finally:
        running.close()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
