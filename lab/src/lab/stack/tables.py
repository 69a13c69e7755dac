"""Print a stack and its checks, for people and for pipes."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from lab.facts import HOST
from lab.processes.supervisor import State
from lab.stack.doctor import Requirement
from lab.stack.running import RunningStack


def print_urls(stack: RunningStack, console: Console) -> None:
    """Print where to look, one line each."""
    urls = stack.urls
    table = Table.grid(padding=(0, 2))
    table.add_row("laptops", f"{urls.laptops}/laptops", "")
    table.add_row("port", f"{urls.port}/port", "")
    table.add_row("traces", f"{urls.jaeger}/api/services", "Jaeger's API")
    table.add_row("metrics", f"{urls.prometheus}/api/v1/query?query=up", "Prometheus' API")
    table.add_row("logs", f"{urls.victorialogs}/select/vmui", "VictoriaLogs' page")
    for name, url, what in _extras(stack):
        table.add_row(name, url, what)
    table.add_row("on disk", str(stack.layout.logs), "one log for each process")
    console.print(table, soft_wrap=True)


def _extras(stack: RunningStack) -> list[tuple[str, str, str]]:
    """Return the rows of what `--with` added."""
    host, ports = f"http://{HOST}", stack.ports
    known = {
        "rabbitmq": (
            "queues",
            f"{host}:{ports.rabbitmq_management}",
            "RabbitMQ's page (guest)",
        ),
        "consul": ("consul", f"{host}:{ports.consul}/v1/catalog/services", "Consul's API"),
    }
    return [known[extra] for extra in stack.extras]


def print_processes(stack: RunningStack, console: Console) -> None:
    """Print every process that was ever started."""
    states = [state for state in stack.processes().values() if state.status != "Disabled"]
    table = Table("process", "status", "ready", "restarts", "pid", box=None, pad_edge=False)
    for state in sorted(states, key=lambda state: state.name):
        table.add_row(*_row(state))
    console.print(table)


def print_checks(checks: Iterable[Requirement], console: Console) -> None:
    """Print what was found, and the remedy under what is missing."""
    for check in checks:
        mark = "[green]ok     [/]" if check.good else "[red]missing[/]"
        console.print(f"{mark} {check.name}: {check.found}", highlight=False, soft_wrap=True)
        if not check.good:
            console.print(f"        {check.remedy}", highlight=False, soft_wrap=True)


def _row(state: State) -> tuple[str, ...]:
    ready = "yes" if state.ready and state.running else "no"
    return state.name, state.status.lower(), ready, str(state.restarts), str(state.pid or "")
