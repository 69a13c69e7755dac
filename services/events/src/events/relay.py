"""The relay: takes events out of the outbox, in batches, once the broker has them for certain.

For certain means confirmed by a majority of the queue's replicas, and routed to a queue at all. An
event may reach the broker twice, when a confirm is lost; it never fails to reach it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from time import perf_counter

from aio_pika.abc import AbstractConnection, AbstractExchange
from aio_pika.exceptions import PublishError
from opentelemetry.trace import Span, Status, StatusCode
from sqlalchemy import Engine

from events import names, outbox, spans
from events.connection import wait
from events.messages import encode
from events.outbox import Pending
from events.settings import EventsSettings
from events.signals import Metrics, Signals
from events.topology import declare_exchange

UNROUTABLE_PAUSE_SECONDS = 2.0
"""How long an event waits that no queue takes yet: its consumer has never been there."""


class Relay:
    """Sends what one database's outbox holds. Several may run: rows are leased."""

    def __init__(
        self, *, engine: Engine, settings: EventsSettings, signals: Signals, metrics: Metrics
    ) -> None:
        self._engine, self._settings, self._metrics = engine, settings, metrics
        self._tracer, self._log = signals.tracer, signals.logger("events.relay")

    async def run(
        self,
        connection: AbstractConnection,
        stop: asyncio.Event,
        working: AbstractContextManager[None],
    ) -> None:
        """Relay until `stop`. Raises what the connection raises when it is lost.

        `working` is entered for as long as events can leave.
        """
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await declare_exchange(channel)
        with working:
            while not stop.is_set():
                if channel.is_closed:
                    raise ConnectionError("the relay's channel is closed")
                if not await self.once(exchange):
                    await wait(stop, self._settings.relay_poll_seconds)

    async def once(self, exchange: AbstractExchange) -> int:
        """Send one batch and return its size. Raises the first loss of the connection."""
        rows = await asyncio.to_thread(outbox.claim, self._engine, self._settings.relay_batch)
        if rows:
            creations = filter(None, (spans.creation_context(vars(row)) for row in rows))
            with spans.send(self._tracer, creations, len(rows)) as span:
                await self._send(exchange, rows, span)
        return len(rows)

    async def _send(self, exchange: AbstractExchange, rows: Sequence[Pending], span: Span) -> None:
        started = perf_counter()
        failures = await asyncio.gather(
            *(self._publish(exchange, row) for row in rows), return_exceptions=True
        )
        self._metrics.send_duration.labels("send").observe(perf_counter() - started)
        fates: dict[type[BaseException] | None, list[Pending]] = defaultdict(list)
        for row, failure in zip(rows, failures, strict=True):
            fates[type(failure) if failure else None].append(row)
        await asyncio.to_thread(self._settle, fates)
        if failure := next((f for f in failures if f), None):
            span.set_attribute(names.ERROR_TYPE, type(failure).__name__)
            span.set_status(Status(StatusCode.ERROR))
        if lost := next((f for f in failures if f and not isinstance(f, PublishError)), None):
            raise lost

    async def _publish(self, exchange: AbstractExchange, row: Pending) -> None:
        await exchange.publish(
            encode(row), row.routing_key, mandatory=True, timeout=self._settings.confirm_seconds
        )

    def _settle(self, fates: dict[type[BaseException] | None, list[Pending]]) -> None:
        """Forget what is confirmed; give back the rest, the unroutable after a pause."""
        for failure, rows in fates.items():
            ids = [row.id for row in rows]
            if failure is None:
                outbox.forget(self._engine, ids)
            else:
                pause = UNROUTABLE_PAUSE_SECONDS if issubclass(failure, PublishError) else 0.0
                outbox.release(self._engine, ids, pause_seconds=pause)
                self._log.warning(
                    "events.not_sent", count=len(ids), **{names.ERROR_TYPE: failure.__name__}
                )
            for row in rows:
                destination = f"{names.EXCHANGE}:{row.routing_key}"
                self._metrics.sent.labels(destination, failure.__name__ if failure else "").inc()
