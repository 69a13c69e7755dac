"""The consumer: takes deliveries, and settles each one way or another.

A message is acknowledged only after its effect, or its copy in another queue, is safe. Whatever
dies in between, the broker delivers it again and the inbox knows it.
"""

import asyncio
import time
from contextlib import AbstractContextManager, suppress

from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from sqlalchemy import Engine

from events.connection import first
from events.effects import Outcome, Subscription
from events.envelope import Envelope
from events.messages import envelope
from events.observe import Observer, Seen
from events.settings import EventsSettings
from events.settle import moved, settle
from events.signals import Metrics, Signals
from events.topology import declare_queues


class Consumer:
    """Works through one subscription, a bounded number of messages at once."""

    def __init__(
        self,
        *,
        subscription: Subscription,
        engine: Engine,
        settings: EventsSettings,
        signals: Signals,
        metrics: Metrics,
    ) -> None:
        self._subscription, self._engine, self._settings = subscription, engine, settings
        self._observer = Observer(queue=subscription.queue, signals=signals, metrics=metrics)
        self._places = asyncio.Semaphore(settings.worker_concurrency)
        self._working: set[asyncio.Task[None]] = set()
        self._draining = False

    async def run(
        self,
        incoming: AbstractConnection,
        outgoing: AbstractConnection,
        stop: asyncio.Event,
        working: AbstractContextManager[None],
    ) -> None:
        """Consume until `stop`, then finish what is in work. Raises when a connection is lost.

        `working` is entered for as long as messages can arrive.
        Copies leave by a connection of their own: the broker may block one that publishes, and
        acknowledgements must go through all the same.
        """
        self._draining = False
        channel = await incoming.channel()
        await channel.set_qos(prefetch_count=self._settings.worker_prefetch)
        queue = await declare_queues(
            channel,
            self._subscription.queue,
            self._subscription.routing_keys,
            self._settings.retry_delays_seconds,
        )
        copies = await outgoing.channel(publisher_confirms=True, on_return_raises=True)
        cancelled = asyncio.Event()
        underlying = await channel.get_underlay_channel()
        underlying.on_consumer_cancel_callbacks.add(lambda _: cancelled.set())

        async def start(message: AbstractIncomingMessage) -> None:
            task = asyncio.create_task(self._work(message, copies.default_exchange))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

        tag = await queue.consume(start)
        with working:
            ended = await first(stop.wait(), cancelled.wait(), channel.closed(), copies.closed())
        self._draining = True
        if not channel.is_closed:
            await queue.cancel(tag)
        await asyncio.gather(*self._working, return_exceptions=True)
        if ended != 0:
            raise ConnectionError("the broker is gone, or has ended the consumer")

    async def _work(self, message: AbstractIncomingMessage, copies: AbstractExchange) -> None:
        async with self._places:
            if self._draining:  # not begun: the broker gives it to another consumer
                return
            try:
                await self._deliver(message, copies)
            except CONNECTION_EXCEPTIONS:
                # Not settled: it comes again, its effect does not.
                with suppress(*CONNECTION_EXCEPTIONS):
                    await message.nack(requeue=True)

    async def _deliver(self, message: AbstractIncomingMessage, copies: AbstractExchange) -> None:
        received = envelope(message)
        with self._observer.delivery(received, message) as seen:
            try:
                outcome = await self._apply(received, message.body)
            except Exception as error:
                await self._give_up(message, received, error, seen, copies)
            else:
                await message.ack()
                seen.outcome = outcome

    async def _give_up(
        self,
        message: AbstractIncomingMessage,
        received: Envelope,
        error: Exception,
        seen: Seen,
        copies: AbstractExchange,
    ) -> None:
        """Send a failed message where it is tried again later, or to the dead letters."""
        delays = self._settings.retry_delays_seconds
        settlement = settle(self._subscription.queue, received.attempt, error, delays)
        seen.failed(error, settlement.outcome)
        copy = moved(message, settlement, queue=self._subscription.queue, now=time.time())
        await copies.publish(
            copy, settlement.queue, mandatory=True, timeout=self._settings.confirm_seconds
        )
        await message.ack()

    async def _apply(self, received: Envelope, body: bytes) -> Outcome:
        if self._settings.worker_latency_seconds:
            await asyncio.sleep(self._settings.worker_latency_seconds)
        return await asyncio.to_thread(self._subscription.apply, self._engine, received, body)
