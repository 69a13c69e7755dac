"""The command `lab config`: settings that change while the services run, kept in Consul."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from chassis.knobs import ROOT, Knobs
from consulkit import Consul, ConsulError, ConsulSettings, SettingsHistory
from lab import stack
from lab.errors import LabError
from lab.facts import SERVICES, Service
from lab.stack import extras

app = typer.Typer(help="Change settings of the running services, without a restart.")

One = Annotated[Service, typer.Argument(help="laptops or port.")]
Several = Annotated[Literal[Service, "all"], typer.Argument(help="laptops, port, or all of them.")]
Key = Annotated[str, typer.Argument(help="Which setting; `lab config get` lists them.")]


@app.command(name="get")
def get(service: One) -> None:
    """Show every setting that can change, and what is set; the rest is the service's own."""
    with _opened() as history:
        values = history.read(service)
    table = Table("setting", "set to", box=None, pad_edge=False)
    for key in Knobs.model_fields:
        table.add_row(key, values.get(key, "-"))
    Console().print(table)


@app.command(name="set")
def set_(
    service: Several,
    key: Key,
    value: Annotated[
        str, typer.Argument(help="Leave it out to go back to the service's own.")
    ] = "",
) -> None:
    """Set a setting; the running replicas follow at once. A bad value is refused."""
    chosen, by = SERVICES if service == "all" else (service,), getpass.getuser()
    try:
        with _opened() as history:
            changes = [history.change(one, key, value or None, by=by) for one in chosen]
    except ValidationError as error:
        reason = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise LabError(f"{key} cannot be {value!r}: {reason}.") from None
    for change in changes:
        Console().print(f"{change.service} {key}: {_shown(change.old)} → {_shown(change.new)}")


@app.command(name="history")
def history_(limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20) -> None:
    """Show who changed what and when, the latest first."""
    with _opened() as history:
        changes = history.changes()[:limit]
    table = Table("when", "service", "setting", "from", "to", "by", box=None, pad_edge=False)
    for change in changes:
        moment = datetime.fromtimestamp(change.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        row = (
            moment,
            change.service,
            change.key,
            _shown(change.old),
            _shown(change.new),
            change.by,
        )
        table.add_row(*row)
    Console().print(table)


def _shown(value: str | None) -> str:
    return "its own" if value is None else value


@contextmanager
def _opened() -> Iterator[SettingsHistory]:
    """Give the settings in the Consul that the environment names, else in the running stack's.

    Raises LabError.
    """
    named = ConsulSettings.from_env()
    consul = Consul(named if named.consul_http_addr else _running())
    try:
        yield SettingsHistory(consul, ROOT, Knobs)
    except ConsulError as error:
        raise LabError(f"{error}.") from error
    finally:
        consul.close()


def _running() -> ConsulSettings:
    running = stack.find_running()
    if running is None or "consul" not in running.extras:
        raise LabError("No stack with Consul runs. Start one with `lab up --with consul`.")
    return ConsulSettings(consul_http_addr=extras.consul(running.ports).url)
