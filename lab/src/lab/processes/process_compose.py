"""Start process-compose, and talk to it over its unix socket."""

import os
import subprocess
from pathlib import Path
from typing import Self

import httpx

from lab.processes.layout import Layout
from lab.processes.supervisor import State
from lab.waiting import wait_until

MARKER = "LAB_STACK"
"""Set to the state directory in the environment of every process of a stack, and of no other."""


def start(program: Path, layout: Layout) -> int:
    """Start the supervisor in a session of its own and return its process id."""
    command = [str(program), "--config", str(layout.processes), "--tui=false", "--keep-project"]
    command += ["--ordered-shutdown", "--disable-dotenv", "--use-uds"]
    command += ["--unix-socket", str(layout.socket), "--log-file", str(layout.log("supervisor"))]
    with layout.log("supervisor-output").open("wb") as output:
        process = subprocess.Popen(  # it outlives this program on purpose
            command,
            env={**os.environ, MARKER: str(layout.state), "LAB_STATE_DIR": str(layout.state)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process.pid


class ProcessCompose:
    """A running process-compose as a `Supervisor`.

    Every call but `alive` raises httpx.HTTPError when it is gone.
    """

    def __init__(self, socket: Path) -> None:
        transport = httpx.HTTPTransport(uds=str(socket))
        self._client = httpx.Client(transport=transport, base_url="http://supervisor", timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def alive(self) -> bool:
        """Whether it answers at all."""
        try:
            return self._client.get("/live").is_success
        except httpx.HTTPError:
            return False

    def wait_alive(self, seconds: float) -> bool:
        """Whether it answers within `seconds`."""
        return wait_until(self.alive, seconds=seconds, every=0.05)

    def states(self) -> dict[str, State]:
        """Every process by name, those that were never started included."""
        answer = self._client.get("/processes").raise_for_status().json()
        return {state.name: state for state in map(_state, answer["data"])}

    def start(self, name: str) -> None:
        """Start a process that does not run."""
        self._client.post(f"/process/start/{name}").raise_for_status()

    def stop(self, name: str, *, seconds: float = 30) -> None:
        """Stop a process and wait until it is gone."""
        self._client.patch(f"/process/stop/{name}", timeout=seconds).raise_for_status()

    def shut_down(self) -> None:
        """Ask it to stop everything, in order, and then itself. Returns before it has."""
        self._client.post("/project/stop", timeout=60)


def _state(item: dict[str, object]) -> State:
    return State(
        name=str(item["name"]),
        status=str(item["status"]),
        ready=item["is_ready"] == "Ready",
        restarts=int(str(item["restarts"])),
        exit_code=int(str(item["exit_code"])),
        pid=int(str(item["pid"])),
    )
