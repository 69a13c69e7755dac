"""The whole stack on one machine: start it, find it, end it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from lab import toolchain
from lab.errors import LabError
from lab.paths import state_dir
from lab.processes import leftovers, process_compose
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.processes.process_compose import ProcessCompose
from lab.stack import clashes, extras, policies, readiness, running
from lab.stack.options import Options
from lab.stack.render import render
from lab.stack.running import RunningStack, Urls

__all__ = ["Options", "Ports", "RunningStack", "Urls", "down", "find_running", "up"]


def up(options: Options | None = None, console: Console | None = None) -> RunningStack:
    """Start a stack and return when every part of it is ready.

    Raises LabError, with nothing left running, when a program can't be had, a port is taken, a
    policy can't be followed or a process ends at start. An interrupt cleans up as well. A stack
    that runs already is returned.
    """
    options, console = options or Options(), console or Console(stderr=True)
    layout = Layout(options.state)
    with _exclusive(layout):
        if found := running.find(options.state):
            return found
        policies.require(options.extras)
        leftovers.end(options.state)
        extras.require(options.extras)
        clashes.require_free(options.ports.listeners(options.extras))
        programs = toolchain.provide_all(console)
        render(options, layout, programs)
        try:
            return _start(options, layout, programs["process-compose"], console)
        except BaseException:
            running.take_down(options.state)
            raise


def find_running(state: Path | None = None) -> RunningStack | None:
    """Return the stack of this state directory (default: the checkout's) if one runs."""
    return running.find(state or state_dir())


def down(state: Path | None = None) -> bool:
    """Stop the stack of this state directory. Return whether anything ran."""
    state = state or state_dir()
    with _exclusive(Layout(state)):
        ran = running.find(state) is not None
        return running.take_down(state) > 0 or ran


def _start(options: Options, layout: Layout, program: Path, console: Console) -> RunningStack:
    pid = process_compose.start(program, layout)
    stack = RunningStack(
        options.state, options.ports, options.autoscale, pid, extras=options.extras
    )
    running.save(stack)  # now, because the autoscaler reads it
    with ProcessCompose(layout.socket) as client, console.status("starting") as status:

        def report(text: str) -> None:
            status.update(text)
            if not console.is_terminal:
                console.print(text, soft_wrap=True)

        if not client.wait_alive(10):
            output = readiness.tail(layout.log("supervisor-output"))
            raise LabError(f"The supervisor does not start.{output}")
        provider = "consulcatalog" if "consul" in options.extras else "file"
        routed = readiness.routed_by(stack.urls.gateway_internal, provider)
        readiness.wait(client, layout, report, routed=routed)
    return stack


@contextmanager
def _exclusive(layout: Layout) -> Iterator[None]:
    """Let one command at a time start or stop the stack of a state directory."""
    layout.state.mkdir(parents=True, exist_ok=True)
    layout.state.chmod(0o700)  # databases, logs and traces, which other users have no business with
    with layout.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
