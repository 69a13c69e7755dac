"""A connection to the broker that comes back: lost is a state to wait in, not a reason to die."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aio_pika.abc import AbstractConnection
from aio_pika.connection import Connection, make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from sqlalchemy.exc import DBAPIError
from structlog.typing import FilteringBoundLogger

from events import names

HEARTBEAT_SECONDS = 10
"""A peer that says nothing for twice this long is gone."""

CONNECT_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 3.0


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """Give a connection for as long as the block runs. It does not reconnect: `keep` does."""
    address = make_url(url, heartbeat=HEARTBEAT_SECONDS)
    connection = Connection(address, client_properties={"connection_name": name})
    try:
        await connection.connect(timeout=CONNECT_SECONDS)
        yield connection
    finally:
        # A broker that blocks publishers does not read the farewell either.
        with suppress(*CONNECTION_EXCEPTIONS):
            await asyncio.wait_for(connection.close(), CONNECT_SECONDS)


async def keep(
    session: Callable[[], Awaitable[None]],
    stop: asyncio.Event,
    *,
    role: str,
    log: FilteringBoundLogger,
) -> None:
    """Run `session` until `stop`; if it loses broker or store, start anew after a pause."""
    pause = FIRST_PAUSE_SECONDS
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await session()
        except (*CONNECTION_EXCEPTIONS, DBAPIError) as error:
            lasted = asyncio.get_running_loop().time() - started
            pause = FIRST_PAUSE_SECONDS if lasted > LONGEST_PAUSE_SECONDS else pause
            failure = {names.ERROR_TYPE: type(error).__name__}
            log.warning("events.session_lost", role=role, pause_s=pause, **failure)
            await wait(stop, pause * random.uniform(0.5, 1.0))  # noqa: S311 (spreads reconnects)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def first(*events: Awaitable[object]) -> int:
    """Wait until one of `events` happens and return its position; give up on the others."""
    tasks = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(position for position, task in enumerate(tasks) if task.done())
    finally:
        for task in tasks:
            task.cancel()


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait for `stop`, but not longer than `seconds`."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
