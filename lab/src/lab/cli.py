"""The command `lab`: thin; each verb is a function of another module."""

import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from lab import engines, stack, toolchain
from lab.commands import config, events, experiment
from lab.errors import LabError
from lab.experiments.measure.experiment import Choices
from lab.faults import switch as faults
from lab.faults.catalog import FAULTS
from lab.paths import state_dir
from lab.preview import command as preview
from lab.processes.layout import Layout
from lab.report import folder as reports
from lab.report.summary import print_verdict
from lab.stack import doctor as checks
from lab.stack import extras, tables
from lab.stack.running import RunningStack
from lab.stack.scaling import run_autoscaler

app = typer.Typer(
    help="Run the whole lab on this machine, load it, and read what it proves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


Target = Annotated[
    str,
    typer.Argument(help="The service that the spike hits, or events: a worker's queue."),
]
Keep = Annotated[bool, typer.Option(help="Keep data between runs, traces included.")]
Sampled = Annotated[float, typer.Option(help="Percentage of ordinary traces that is kept.")]
With = Annotated[str, typer.Option("--with", help="Add rabbitmq, consul or both: a,b.")]
NoAutoscale = Annotated[bool, typer.Option("--no-autoscale", help="Decide, but never scale.")]


app.add_typer(events.app, name="events")
app.add_typer(config.app, name="config")


def main() -> None:
    """Run the command; an expected error is one sentence and an exit status, not a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every clean-up runs
    try:
        app()
    except LabError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)


@app.command()
def up(
    keep: Keep = False,
    sampled: Sampled = 100.0,
    no_autoscale: NoAutoscale = False,
    with_: With = "",
) -> None:
    """Start everything, and return when it is ready."""
    console = Console()
    if running := stack.find_running():
        console.print("The stack runs already.")
        tables.print_urls(running, console)
        return
    options = stack.Options(
        keep=keep,
        sampled_percent=sampled,
        autoscale=not no_autoscale,
        extras=extras.parse(with_),
    )
    running = stack.up(options, Console(stderr=True))
    console.print("The stack is ready.")
    tables.print_urls(running, console)


@app.command()
def down() -> None:
    """Stop everything; what is still to be delivered is delivered first."""
    stopped = stack.down()
    Console().print("Stopped." if stopped else "Nothing was running.")


@app.command()
def status() -> None:
    """Show every process and where it answers; exits 1 when no stack runs."""
    running, console = _running(), Console()
    tables.print_processes(running, console)
    tables.print_urls(running, console)


@app.command()
def url(
    part: Annotated[str, typer.Argument(help="Such as jaeger, prometheus or victorialogs.")],
) -> None:
    """Print the address of a part, with its password where it has one: for other commands."""
    addresses = asdict(_running().urls)
    if part not in addresses:
        raise LabError(f"No part is called {part}. There are: {', '.join(addresses)}.")
    Console().print(addresses[part], soft_wrap=True, highlight=False, markup=False)


def _running() -> RunningStack:
    running = stack.find_running()
    if running is None:
        raise LabError("No stack runs. Start one with `lab up`.")
    return running


@app.command()
def logs(
    process: Annotated[str, typer.Argument(help="As `lab status` names it, such as consul.")],
    lines: Annotated[int, typer.Option(min=1, help="How many, from the end.")] = 40,
) -> None:
    """Print what a process wrote last: its own output, not what it sent to the collector."""
    for line in Layout(state_dir()).end_of_log(process, lines):
        Console().print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def doctor() -> None:
    """Check what the lab needs, and say how to get what is missing; exits 1 if something is."""
    found = checks.examine()
    tables.print_checks(found, Console())
    raise typer.Exit(0 if all(check.good for check in found) else 1)


@app.command()
def backends() -> None:
    """Find the backends, or build those that are missing; print where each one is."""
    programs = toolchain.provide_all(Console(stderr=True))
    for name, program in programs.items():
        Console().print(f"{name:16} {program}", soft_wrap=True, highlight=False)


@app.command("break")
def break_(fault: Annotated[str, typer.Argument(help="Leave it out to list all.")] = "") -> None:
    """Switch a fault on: a demonstration of how it looks in every signal."""
    console = Console()
    if not fault:
        for each in FAULTS.values():
            console.print(f"[bold]{each.name}[/] {each.simulates}", soft_wrap=True)
        return
    with faults.opened() as switch:
        broken = switch.break_(fault)
    console.print(f"Broken. {broken.simulates} Mend it with `lab fix`.", soft_wrap=True)


@app.command()
def fix(fault: Annotated[str, typer.Argument(help="Leave it out to mend all.")] = "") -> None:
    """Switch faults off."""
    with faults.opened() as switch:
        mended = switch.fix(fault)
    Console().print(f"Mended: {', '.join(mended)}." if mended else "Nothing was broken.")


@app.command()
def dashboards(
    page: Annotated[Path, typer.Option(help="Where to write the page.")] = preview.DEFAULT_PAGE,
    minutes: Annotated[float, typer.Option(help="How far back to look.")] = 15,
    record: Annotated[Path | None, typer.Option(help="Keep the data in this file.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Draw recorded data instead.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Put pictures here.")] = None,
) -> None:
    """Draw the dashboards without Grafana: one page, a preview."""
    options = preview.PreviewOptions(
        page=page, minutes=minutes, record=record, replay=replay, pictures=pictures
    )
    Console().print(f"Written: {preview.write_page(options)}", soft_wrap=True)


@app.command()
def spike(
    target: Target = "laptops",
    quick: Annotated[bool, typer.Option("--quick", help="Half the time, the same load.")] = False,
    no_autoscale: NoAutoscale = False,
    engine: Annotated[engines.Name, typer.Option(help="Where it runs.")] = engines.DEFAULT,
) -> None:
    """Prove that one service, or one worker, scales alone; exits 1 when the proof fails."""
    console = Console()
    choices = Choices(quick=quick, autoscale=not no_autoscale)
    verdict = experiment.run(target, choices=choices, console=console, engine=engine)
    print_verdict(verdict, reports.latest().page, console)
    raise typer.Exit(0 if verdict.passed else 1)


@app.command()
def report() -> None:
    """Render the latest report again, and print where it is."""
    page = experiment.render(reports.latest())
    Console().print(str(page), soft_wrap=True, highlight=False)


@app.command(hidden=True)
def autoscaler(sync: float = 5.0, hold: bool = False) -> None:
    """Scale the running stack by its policies; the supervisor runs this."""
    run_autoscaler(sync_seconds=sync, hold=hold)
