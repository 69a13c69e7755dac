"""Ten thousand events, a worker process or two, and a count of how often each took effect."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from opentelemetry.trace import NoOpTracer
from sqlalchemy import Engine, func, select
from tests.support.events_worker import COUNTS

from events import LaptopAdded, names, outbox, record
from events.connection import connected

FIRST_ID = 1000
COUNT = 10_000
LATE_SECONDS = 3.0
"""A broker gives a message again as soon as its consumer is gone; nobody waits longer than this."""


def write_events(engine: Engine, count: int = COUNT, first: int = FIRST_ID) -> None:
    """Put `count` events about as many laptops into the outbox, in one transaction."""
    tracer = NoOpTracer()
    with engine.begin() as connection:
        for laptop_id in range(first, first + count):
            connection.execute(record(LaptopAdded(laptop_id=laptop_id, port_ids=(1,)), tracer))


@contextmanager
def worker_process(store: Path, url: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker; it is told to stop at the end, if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.events_worker"],
        env={**os.environ, "STORE": str(store), "AMQP_URL": url, **environment},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def delete_queues(url: str, queue: str) -> None:
    """Delete a consumer's queue and its dead letters: a test leaves the next one nothing."""

    async def delete() -> None:
        async with connected(url, "tests") as connection:
            channel = await connection.channel()
            for name in (queue, names.dead(queue)):
                await channel.queue_delete(name)

    asyncio.run(delete())


@dataclass(frozen=True)
class Effects:
    """What the events brought about."""

    laptops: int
    """Laptops of which an event took effect at all."""
    doubled: int
    """Laptops of which one took effect more than once."""


def effects(engine: Engine) -> Effects:
    with engine.connect() as connection:
        return Effects(
            laptops=connection.scalar(select(func.count()).select_from(COUNTS)) or 0,
            doubled=connection.scalar(select(func.count()).where(COUNTS.c.times > 1)) or 0,
        )


def wait_for(
    condition: Callable[[], object], *, seconds: float = 90.0, every: float = 0.05
) -> None:
    """Wait until `condition` holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(every)


def wait_for_effects(engine: Engine, at_least: int) -> None:
    wait_for(lambda: effects(engine).laptops >= at_least)


def assert_each_took_effect_once(engine: Engine, count: int = COUNT) -> None:
    """Wait for the last effect, then count; and again when a late redelivery would have come."""
    wait_for(lambda: effects(engine).laptops >= count and not outbox.backlog(engine).pending)
    assert effects(engine) == Effects(laptops=count, doubled=0)
    with suppress(TimeoutError):
        wait_for(lambda: effects(engine).doubled, seconds=LATE_SECONDS)
    assert effects(engine) == Effects(laptops=count, doubled=0)
