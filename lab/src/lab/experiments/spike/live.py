"""Show an experiment while it runs: a live table in a terminal, a plain line elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Group as Stack
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from lab.experiments.spike.glimpse import Glimpse, Now

LINE_SECONDS = 5
PHASE_STYLE = {"spike": "bold red", "recovery": "bold green", "baseline": "bold blue"}


class View(Protocol):
    """Where glimpses go."""

    def show(self, glimpse: Glimpse) -> None:
        """Show the latest."""

    def say(self, sentence: str) -> None:
        """Print something that stays."""


class TerminalView:
    """Draws over itself."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, glimpse: Glimpse) -> None:
        """Replace the table."""
        self._live.update(_picture(glimpse), refresh=True)

    def say(self, sentence: str) -> None:
        """Print above the table."""
        self._live.console.print(sentence)


class PlainView:
    """Prints a line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0

    def show(self, glimpse: Glimpse) -> None:
        """Print one line when it is time for the next."""
        if glimpse.seconds >= self._next:
            self._next = glimpse.seconds + LINE_SECONDS
            self.say(line(glimpse))

    def say(self, sentence: str) -> None:
        """Print it."""
        self._console.print(sentence, highlight=False, soft_wrap=True)


@contextmanager
def view(console: Console) -> Iterator[View]:
    """Choose how to show: by whether the console is a terminal."""
    if not console.is_terminal:
        yield PlainView(console)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield TerminalView(live)


def line(glimpse: Glimpse) -> str:
    """Return a glimpse as one line of text."""
    services = "; ".join(_in_words(now) for now in glimpse.services)
    scaled = f"; last scaled: {glimpse.decision}" if glimpse.decision else ""
    return f"{glimpse.seconds:5.0f} s  {glimpse.phase:<9} {services}{scaled}"


def _in_words(now: Now) -> str:
    replicas = "?" if now.replicas is None else str(now.replicas)
    return (
        f"{now.service}: {now.users} users, {now.per_second:.0f} req/s, "
        f"p95 {_milliseconds(now.p95_ms)}, {now.errors} errors, {replicas} replicas"
    )


def _picture(glimpse: Glimpse) -> RenderableType:
    style = PHASE_STYLE.get(glimpse.phase, "bold")
    done = min(max(glimpse.seconds, 0), glimpse.total)
    head = Table.grid(padding=(0, 2))
    head.add_row(
        Text(f"{glimpse.phase:<9}", style),
        ProgressBar(total=glimpse.total, completed=done, width=40),
        f"{done:.0f} of {glimpse.total:.0f} s",
    )
    decision = Text(f"last scaled: {glimpse.decision or '-'}", style="dim")
    return Stack(head, _table(glimpse), decision)


def _table(glimpse: Glimpse) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("service")
    for column in ("users", "req/s", "p95", "errors"):
        table.add_column(column, justify="right", min_width=7)
    table.add_column("replicas", min_width=24)
    for now in glimpse.services:
        table.add_row(
            now.service,
            str(now.users),
            f"{now.per_second:.0f}",
            _milliseconds(now.p95_ms),
            str(now.errors),
            _replicas(now),
        )
    return table


def _replicas(now: Now) -> Text:
    if now.replicas is None:
        return Text("?")
    text = Text("■ " * now.replicas, style="green").append(str(now.replicas), style="default")
    if now.desired is not None and now.desired != now.replicas:
        text.append(f" → {now.desired}", style="yellow")
    return text


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
