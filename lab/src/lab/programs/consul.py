"""Consul on this machine: one server, in memory, on loopback, as the user who runs it."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab.errors import LabError
from lab.facts import HOST
from lab.paths import OBSERVABILITY, cache_dir
from lab.programs.answering import answers

CONFIG = OBSERVABILITY / "consul" / "consul.json"
START_SECONDS = 20.0
ADVICE = "`make packages` fetches one on Debian; elsewhere put a consul on PATH."


def program() -> Path | None:
    """Return a Consul: the one on PATH, else the one that `make packages` left in the cache."""
    if found := shutil.which("consul"):
        return Path(found)
    cached = sorted((cache_dir() / "consul").glob("*/consul"))
    return cached[-1] if cached else None


@dataclass(frozen=True, kw_only=True)
class ConsulPorts:
    """Where a Consul listens, all on loopback."""

    http: int = 8500
    server: int = 8300
    serf: int = 8301


@dataclass(frozen=True, kw_only=True)
class ConsulServer:
    """One Consul, whose memory ends with it."""

    ports: ConsulPorts

    @property
    def url(self) -> str:
        """Where its API and its page answer."""
        return f"http://{HOST}:{self.ports.http}"

    def command(self) -> list[str]:
        """Return the command line. Raises LabError when there is no Consul."""
        if (found := program()) is None:
            raise LabError(f"Consul is missing. {ADVICE}")
        return [
            str(found),
            "agent",
            "-dev",  # a server in memory that elects itself at once
            f"-config-file={CONFIG}",
            f"-bind={HOST}",
            f"-client={HOST}",
            f"-http-port={self.ports.http}",
            f"-server-port={self.ports.server}",
            f"-serf-lan-port={self.ports.serf}",
            "-serf-wan-port=-1",
            "-dns-port=-1",
            "-grpc-port=-1",
        ]

    def answers(self) -> bool:
        """Return whether it has elected itself and answers."""
        try:
            return httpx.get(f"{self.url}/v1/status/leader").text.strip('"\n') != ""
        except httpx.HTTPError:
            return False


class RunningConsul:
    """A Consul's process, started from here."""

    def __init__(self, server: ConsulServer, log: Path) -> None:
        self.server, self._log = server, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers. Raises LabError."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self.server.command(), stdout=log, stderr=log)
        if not answers(self.server, self._process, seconds=START_SECONDS):
            self.kill()
            raise LabError(f"Consul does not start; see {self._log}.")

    def kill(self) -> None:
        """End it as a power cut would. It keeps nothing, so there is no gentler way to need."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
