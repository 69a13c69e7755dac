"""The dead letters: look at them, and send them to be tried once more."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from events import names
from events.connection import connected
from events.messages import again, envelope

CONFIRM_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that could not be processed."""

    event_id: str
    type: str
    version: int
    attempts: int
    failure: str
    """The error's type, or why the broker gave it up (`delivery_limit`)."""
    body: str


async def look(url: str, queue: str, *, limit: int = 100) -> list[DeadLetter]:
    """Return up to `limit` dead letters of a consumer's queue, oldest first, and leave them there.

    Raises ChannelNotFoundEntity when the queue has never been declared.
    """
    async with connected(url, "dead letters") as connection:
        channel = await connection.channel()
        # Unacknowledged when the channel closes, they go back to where they were.
        return [_letter(message) async for message in _take(channel, queue, limit)]


async def replay(
    url: str, queue: str, *, limit: int = 100, wanted: Callable[[DeadLetter], bool] | None = None
) -> int:
    """Send up to `limit` dead letters to their consumer's queue again, and return how many.

    `wanted` chooses among them; all by default. Each starts with all its trials before it.
    """
    sent = 0
    async with connected(url, "dead letters") as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        async for message in _take(channel, queue, limit):
            if wanted is None or wanted(_letter(message)):
                await channel.default_exchange.publish(
                    again(message, {names.ATTEMPT: 0}), queue, timeout=CONFIRM_SECONDS
                )
                await message.ack()
                sent += 1
    return sent


async def discard(url: str, queue: str, *, limit: int = 100) -> int:
    """Throw up to `limit` dead letters away, for good, and return how many."""
    async with connected(url, "dead letters") as connection:
        letters = [m async for m in _take(await connection.channel(), queue, limit)]
        for message in letters:
            await message.ack()
    return len(letters)


async def _take(
    channel: AbstractChannel, queue: str, limit: int
) -> AsyncIterator[AbstractIncomingMessage]:
    dead = await channel.get_queue(names.dead(queue))
    for _ in range(limit):
        message = await dead.get(fail=False)
        if message is None:
            return
        yield message


def _letter(message: AbstractIncomingMessage) -> DeadLetter:
    received, headers = envelope(message), message.headers
    reason = headers.get(names.FAILURE) or headers.get("x-first-death-reason") or "unknown"
    return DeadLetter(
        event_id=received.event_id,
        type=received.type,
        version=received.version,
        attempts=received.attempt + 1,
        failure=str(reason),
        body=message.body.decode(errors="replace"),
    )
