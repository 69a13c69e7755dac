"""Show builds: a live bar on a terminal, plain lines anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from lab.toolchain.components import Component
from lab.toolchain.golang import Progress


@contextmanager
def show(component: Component, console: Console) -> Iterator[Progress]:
    """Report the build of one component to `console` while the block runs."""
    if not console.is_terminal:
        yield Lines(component, console)
        return
    columns = (
        TextColumn("[bold]{task.fields[title]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )
    with Bars(*columns, console=console) as bars:
        yield Bar(component, bars)


class Bar:
    """One component's bar; it counts packages."""

    def __init__(self, component: Component, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, title=f"{component.name} {component.version}")

    def note(self, text: str) -> None:
        """Show `text` beside the bar."""
        self._bars.update(self._task, description=text)

    def packages(self, count: int) -> None:
        """Give the bar its length."""
        self._bars.update(self._task, total=count, description="compiling")

    def compiled(self) -> None:
        """Move the bar by one package."""
        self._bars.advance(self._task)


class Lines:
    """A line at the start and one for each quarter: a log stays readable."""

    def __init__(self, component: Component, console: Console) -> None:
        self._title, self._console = f"{component.name} {component.version}", console
        self._count = self._done = 0
        console.print(f"building {self._title} (about {component.seconds} s the first time)")

    def note(self, text: str) -> None:
        """Print a note that explains a wait; the others come by the hundred."""
        if text.startswith("waiting"):
            self._console.print(f"  {self._title}: {text}")

    def packages(self, count: int) -> None:
        """Take the number of packages to compile."""
        self._count = count

    def compiled(self) -> None:
        """Print when another quarter is done."""
        before, self._done = self._done, self._done + 1
        if self._count >= 8 and before * 4 // self._count < self._done * 4 // self._count:
            self._console.print(f"  {self._title}: {self._done} of {self._count} packages")
