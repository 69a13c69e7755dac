"""What has to exist at the broker, declared by whoever uses it. Every queue is a quorum queue.

A consumer owns three kinds of queue. `laptops.events` holds what it has to do. In
`laptops.events.retry.*` a failed message waits until its time to live sends it back. What can't
be done lies in `laptops.events.dead` until a person looks. No step drops a message: where the
broker moves one by itself, it does so at least once.
"""

from collections.abc import Iterable

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from pamqp.common import Arguments

from events import names

DELIVERY_LIMIT = 20
"""A message that took its consumer down with it this often is a dead letter too."""

_QUORUM: dict[str, str | int] = {"x-queue-type": "quorum"}


def _moves_to(queue: str) -> dict[str, str | int]:
    """Arguments that make the broker move a message to `queue`, and keep it until that is done."""
    return {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


async def declare_exchange(channel: AbstractChannel) -> AbstractExchange:
    """Declare the exchange that events are published to."""
    return await channel.declare_exchange(names.EXCHANGE, ExchangeType.TOPIC, durable=True)


async def declare_queues(
    channel: AbstractChannel, queue: str, routing_keys: Iterable[str], delays: Iterable[float]
) -> AbstractQueue:
    """Declare a consumer's queues, bind the first to its events, and return that one."""
    await _quorum(channel, names.dead(queue), {})
    for delay in delays:
        waits = {"x-message-ttl": round(delay * 1000), **_moves_to(queue)}
        await _quorum(channel, names.retry(queue, delay), waits)
    limited = {"x-delivery-limit": DELIVERY_LIMIT, **_moves_to(names.dead(queue))}
    main = await _quorum(channel, queue, limited)
    exchange = await declare_exchange(channel)
    for key in routing_keys:
        await main.bind(exchange, key)
    return main


async def _quorum(
    channel: AbstractChannel, name: str, arguments: dict[str, str | int]
) -> AbstractQueue:
    full: Arguments = {**_QUORUM, **arguments}
    return await channel.declare_queue(name, durable=True, arguments=full)
