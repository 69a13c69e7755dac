"""A worker: the process that relays its service's outbox and works through its service's queue."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine

from events import inbox, outbox
from events.connection import connected, keep, wait
from events.consumer import Consumer
from events.effects import Subscription
from events.probes import serve
from events.relay import Relay
from events.settings import EventsSettings
from events.signals import BacklogCollector, Metrics, Signals

PURGE_SECONDS = 3600.0
ROLES = ("relay", "consumer")


@dataclass(kw_only=True)
class Worker:
    """One service's worker: `subscription` says what it consumes, and what it does about that.

    `engine` is for effects, and may be traced. `quiet` opens the same database for the relay, which
    looks into the outbox ten times a second: not traced, or each look would be a trace.
    """

    name: str
    engine: Engine
    quiet: Engine
    subscription: Subscription
    settings: EventsSettings
    signals: Signals
    _connected: dict[str, bool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._metrics = Metrics(self.signals.registry)
        for role in ROLES:
            self._metrics.connected.labels(role).set(0)  # told before the first connection, too
        self._log = self.signals.logger("events.worker")
        self.signals.registry.register(BacklogCollector(lambda: outbox.backlog(self.quiet)))
        self._relay = Relay(
            engine=self.quiet,
            settings=self.settings,
            signals=self.signals,
            metrics=self._metrics,
        )
        self._consumer = Consumer(
            subscription=self.subscription,
            engine=self.engine,
            settings=self.settings,
            signals=self.signals,
            metrics=self._metrics,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is in work and return."""
        await asyncio.gather(
            keep(lambda: self._relaying(stop), stop, role="relay", log=self._log),
            keep(lambda: self._consuming(stop), stop, role="consumer", log=self._log),
            self._purging(stop),
        )

    @property
    def ready(self) -> bool:
        """Whether both roles can work now."""
        return all(self._connected.get(role, False) for role in ROLES)

    async def _relaying(self, stop: asyncio.Event) -> None:
        async with connected(self._url, f"{self.name} relay") as connection:
            await self._relay.run(connection, stop, self._working("relay"))

    async def _consuming(self, stop: asyncio.Event) -> None:
        async with (
            connected(self._url, f"{self.name} consumer") as incoming,
            connected(self._url, f"{self.name} copies") as outgoing,
        ):
            await self._consumer.run(incoming, outgoing, stop, self._working("consumer"))

    async def _purging(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await wait(stop, PURGE_SECONDS)
            if not stop.is_set():
                await asyncio.to_thread(inbox.purge, self.quiet)

    @contextmanager
    def _working(self, role: str) -> Iterator[None]:
        """Let readiness and the metrics show that `role` can work while the block runs."""
        gauge = self._metrics.connected.labels(role)
        self._connected[role] = True
        gauge.set(1)
        try:
            yield
        finally:
            self._connected[role] = False
            gauge.set(0)

    @property
    def _url(self) -> str:
        return str(self.settings.amqp_url)


def serve_until_signal(worker: Worker) -> None:
    """Run a worker and its probes until SIGTERM or SIGINT, then stop in order."""
    # What the library says about a lost connection, `events.session_lost` says with keys.
    for library in ("aiormq", "aio_pika"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    asyncio.run(_until_signal(worker))


async def _until_signal(worker: Worker) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settings, registry = worker.settings, worker.signals.registry
    with serve(settings.metrics_host, settings.metrics_port, registry, lambda: worker.ready):
        await worker.run(stop)
        await asyncio.sleep(settings.worker_linger_seconds)
