"""The command `lab events`: what the queues hold, and what to do about dead letters."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelNotFoundEntity
from rich.console import Console
from rich.table import Table

from events import dead, names
from events.connection import connected
from lab import stack
from lab.errors import LabError
from lab.facts import QUEUES
from lab.stack import extras

T = TypeVar("T")

app = typer.Typer(help="Look at the events that wait, and at those that failed.")

Queue = Annotated[str, typer.Argument(help=f"{' or '.join(QUEUES)}.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
EventId = Annotated[str, typer.Option("--id", help="Only the event with this id.")]


@app.command()
def queues() -> None:
    """Show how much each queue holds."""
    table = Table("queue", "waiting", "dead letters", box=None, pad_edge=False)
    for queue in QUEUES:
        table.add_row(
            queue, *(str(_answer(_length(_url(), n))) for n in (queue, names.dead(queue)))
        )
    Console().print(table)


@app.command(name="dead")
def dead_letters(queue: Queue, limit: Limit = 20) -> None:
    """Show dead letters, the oldest first, and leave them where they are."""
    letters = _answer(dead.look(_url(), queue, limit=limit))
    table = Table("event", "type", "trials", "failure", "body", box=None, pad_edge=False)
    for letter in letters:
        kind = f"{letter.type} v{letter.version}"
        table.add_row(letter.event_id, kind, str(letter.attempts), letter.failure, letter.body)
    Console().print(table if letters else f"{queue} has no dead letters.")


@app.command()
def replay(queue: Queue, limit: Limit = 100, event_id: EventId = "") -> None:
    """Have dead letters tried again. An event that took effect meanwhile takes none again."""
    wanted = (lambda letter: letter.event_id == event_id) if event_id else None
    sent = _answer(dead.replay(_url(), queue, limit=limit, wanted=wanted))
    Console().print(f"Sent {sent} again.")


@app.command()
def discard(
    queue: Queue,
    limit: Limit = 100,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Throw dead letters away, for good."""
    if not yes:
        typer.confirm(f"Throw up to {limit} dead letters of {queue} away?", abort=True)
    Console().print(f"Threw {_answer(dead.discard(_url(), queue, limit=limit))} away.")


async def _length(url: str, queue: str) -> int:
    async with connected(url, "lab") as connection:
        found = await (await connection.channel()).declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0


def _url() -> str:
    running = stack.find_running()
    if running is None or "rabbitmq" not in running.extras:
        raise LabError("No stack with RabbitMQ runs. Start one with `lab up --with rabbitmq`.")
    return extras.rabbitmq_url(running.ports)


def _answer(question: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(question)
    except ChannelNotFoundEntity:
        raise LabError("There is no such queue, or its worker has never run.") from None
    except CONNECTION_EXCEPTIONS as error:
        raise LabError(f"RabbitMQ does not answer: {type(error).__name__}.") from error
