"""`lab events` on a real broker, as a person types it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from aio_pika import Message
from tests.lab.commands.conftest import Lab
from tests.support.rabbitmq import RunningRabbitMQ, running_rabbitmq

from events import names
from events.connection import connected
from events.topology import declare_queues
from lab import stack
from lab.processes.ports import Ports
from lab.stack.running import RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rabbitmq")]

QUEUE = "laptops.events"


@pytest.fixture(scope="module")
def broker() -> Iterator[RunningRabbitMQ]:
    """A broker where both consumers have been, and two messages are dead."""
    with running_rabbitmq() as running:
        asyncio.run(leave_dead_letters(running.broker.url, "one", "two"))
        yield running


@pytest.fixture
def lab(
    typed: Lab, broker: RunningRabbitMQ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Lab:
    """Run `lab events …` on the broker."""
    ports = replace(Ports(), rabbitmq=broker.broker.ports.amqp)
    running = RunningStack(tmp_path, ports, autoscale=True, supervisor_pid=1, extras=("rabbitmq",))
    monkeypatch.setattr(stack, "find_running", lambda: running)
    return partial(typed, "events")


async def leave_dead_letters(url: str, *ids: str) -> None:
    async with connected(url, "tests") as connection:
        channel = await connection.channel()
        for queue in (QUEUE, "port.events"):
            await declare_queues(channel, queue, (), ())
        for event_id in ids:
            headers = {names.VERSION: 1, names.ATTEMPT: 3, names.FAILURE: "PoisonedError"}
            letter = Message(b"{}", message_id=event_id, type="port.retired", headers=headers)
            await channel.default_exchange.publish(letter, names.dead(QUEUE))


def test_dead_letters_are_looked_at_replayed_one_by_one_and_thrown_away(lab: Lab) -> None:
    assert "laptops.events 0 2 port.events 0 0" in lab("queues")[1]
    status, told = lab("dead", QUEUE)
    assert status == 0
    assert "one port.retired v1" in told
    assert "PoisonedError" in told
    assert lab("replay", QUEUE, "--id", "two") == (0, "Sent 1 again.")
    assert "laptops.events 1 1" in lab("queues")[1]
    assert lab("discard", QUEUE, "--yes") == (0, "Threw 1 away.")
    assert lab("dead", QUEUE) == (0, "laptops.events has no dead letters.")


def test_a_queue_that_is_not_there_is_one_sentence(lab: Lab) -> None:
    status, told = lab("dead", "nobody.events")
    assert status == 1
    assert told == "error: There is no such queue, or its worker has never run."
