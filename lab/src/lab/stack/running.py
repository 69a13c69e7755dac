"""A stack that runs: where it answers, what it consists of, and how to end it."""

import contextlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from lab.facts import HOST
from lab.processes import leftovers
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.processes.process_compose import ProcessCompose
from lab.processes.supervisor import State


@dataclass(frozen=True, kw_only=True)
class Urls:
    """Base addresses, without a slash at the end."""

    laptops: str
    port: str
    gateway_internal: str
    otlp_http: str
    otlp_grpc: str
    jaeger: str
    prometheus: str
    victorialogs: str
    autoscaler: str
    collector_metrics: str


@dataclass(frozen=True)
class RunningStack:
    """One running stack; made by `up` and `find_running`."""

    state: Path
    ports: Ports
    autoscale: bool
    supervisor_pid: int
    extras: tuple[str, ...] = ()
    """What `--with` added."""

    @property
    def layout(self) -> Layout:
        """Its files."""
        return Layout(self.state)

    @property
    def urls(self) -> Urls:
        """Where its parts answer."""
        ports = asdict(self.ports)
        sign_in = {"victorialogs": self.layout.sign_in}
        return Urls(
            **{
                name: f"http://{sign_in.get(name, '')}{HOST}:{ports[name]}"
                for name in Urls.__dataclass_fields__
            }
        )

    def processes(self) -> dict[str, State]:
        """Every process by name, as the supervisor sees it."""
        with ProcessCompose(self.layout.socket) as supervisor:
            return supervisor.states()

    def down(self) -> None:
        """Stop everything in the order of a request, so that telemetry is delivered."""
        take_down(self.state)


def save(stack: RunningStack) -> None:
    """Record a stack for other commands to find."""
    record = {
        "supervisor_pid": stack.supervisor_pid,
        "autoscale": stack.autoscale,
        "extras": stack.extras,
    }
    stack.layout.record.write_text(json.dumps({**record, "ports": asdict(stack.ports)}, indent=2))


def find(state: Path) -> RunningStack | None:
    """Return the stack of a state directory, if its supervisor answers."""
    layout = Layout(state)
    try:
        record = json.loads(layout.record.read_text())
    except (OSError, ValueError):
        return None
    with ProcessCompose(layout.socket) as supervisor:
        if not supervisor.alive():
            return None
    ports = Ports(**record["ports"])
    return RunningStack(
        state,
        ports,
        record["autoscale"],
        record["supervisor_pid"],
        extras=tuple(record["extras"]),
    )


def take_down(state: Path, *, seconds: float = 45) -> int:
    """Stop whatever runs for this state directory; return how many processes had to be ended.

    An answering supervisor stops its processes in order. What remains, for example after the
    supervisor was killed, is found by its mark and ended.
    """
    layout = Layout(state)
    with ProcessCompose(layout.socket) as supervisor:
        if supervisor.alive():
            with contextlib.suppress(httpx.HTTPError):
                supervisor.shut_down()
            psutil.wait_procs(leftovers.find(state), timeout=seconds)
    ended = leftovers.end(state)
    layout.socket.unlink(missing_ok=True)
    shutil.rmtree(layout.run, ignore_errors=True)
    return ended
