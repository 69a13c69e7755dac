"""RabbitMQ on this machine: Debian's package, run without its system service, user or folders.

Two processes belong to a broker: Erlang's name server epmd, which a node would otherwise leave
behind as a daemon, and the node. Here both are children, and both end.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from lab.errors import LabError
from lab.facts import HOST
from lab.paths import OBSERVABILITY
from lab.programs.answering import answers

CONFIG = OBSERVABILITY / "rabbitmq"
START_SECONDS, STOP_SECONDS = 60.0, 30.0
ADVICE = "Install it (on Debian: apt-get install rabbitmq-server) and try again."


def scripts() -> Path | None:
    """Return the folder of RabbitMQ's own scripts, or None when it is not installed.

    Not the ones on PATH: Debian's wrappers insist on their own user.
    """
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
    return found[-1] if found else None


def program(name: str = "rabbitmq-server") -> Path:
    """Return one of RabbitMQ's scripts. Raises LabError, with what to do, when it is missing."""
    if (folder := scripts()) is None:
        raise LabError(f"RabbitMQ is missing. {ADVICE}")
    return folder / name


@dataclass(frozen=True, kw_only=True)
class RabbitMQPorts:
    """Where a broker listens, all on loopback."""

    amqp: int = 5672
    management: int = 15672
    metrics: int = 15692
    distribution: int = 15693
    epmd: int = 15694


@dataclass(frozen=True, kw_only=True)
class RabbitMQ:
    """One broker. `folder` keeps its data, so that a new one on it goes on where it was."""

    folder: Path
    ports: RabbitMQPorts
    settings: tuple[str, ...] = ()
    """More lines of rabbitmq.conf."""

    @property
    def url(self) -> str:
        """Where clients connect; the default user exists on loopback only."""
        return f"amqp://guest:guest@{HOST}:{self.ports.amqp}/"

    @property
    def management_url(self) -> str:
        """Where the management API answers."""
        return f"http://{HOST}:{self.ports.management}"

    def command(self, name: str = "rabbitmq-server", *arguments: str) -> list[str]:
        """Return the command line of one of RabbitMQ's scripts. Raises LabError."""
        return [str(program(name)), *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment that keeps a broker inside `folder` and on loopback."""
        folder, here = self.folder, str(self.folder)
        own = {
            "HOME": here,  # the cookie by which its tools know a node
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": f"lab-{self.ports.amqp}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                # No busy waiting: idle schedulers would take the cores that the lab measures on.
                "-kernel inet_dist_use_interface {127,0,0,1} "
                "+sbwt none +sbwtdcpu none +sbwtdio none"
            ),
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RABBITMQ_", "ERL_"))}
        return kept | own

    def write(self) -> None:
        """Lay out `folder`: the shared configuration, and where this broker listens."""
        conf = self.folder / "conf.d"
        conf.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIG / "enabled_plugins", self.folder)
        shutil.copy(CONFIG / "rabbitmq.conf", conf / "10-shared.conf")
        lines = [
            f"listeners.tcp.1 = {HOST}:{self.ports.amqp}",
            f"management.tcp.ip = {HOST}",
            f"management.tcp.port = {self.ports.management}",
            f"prometheus.tcp.ip = {HOST}",
            f"prometheus.tcp.port = {self.ports.metrics}",
            *self.settings,
        ]
        (conf / "20-here.conf").write_text("\n".join(lines) + "\n")

    def tool(self, name: str, *arguments: str) -> str:
        """Run one of RabbitMQ's tools on this broker and return what it prints. Raises LabError."""
        ran = subprocess.run(
            self.command(name, "--quiet", *arguments),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise LabError(f"{name} {' '.join(arguments)} failed: {ran.stderr.strip()}")
        return ran.stdout

    def answers(self) -> bool:
        """Return whether clients can connect now: listeners open last."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((HOST, self.ports.amqp)) == 0 and self._has_metrics()

    def _has_metrics(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self.ports.metrics}/metrics").is_success
        except httpx.HTTPError:
            return False


class RunningRabbitMQ:
    """A broker's processes, started from here."""

    def __init__(self, broker: RabbitMQ) -> None:
        self.broker = broker
        self._epmd: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the broker, unless it runs, and wait until it answers. Raises LabError."""
        if self._node is not None:
            return
        self.broker.write()
        environment = self.broker.environment()
        if self._epmd is None:
            self._epmd = subprocess.Popen([str(_epmd())], env=environment)
        with (self.broker.folder / "out.log").open("ab") as log:
            self._node = subprocess.Popen(
                self.broker.command(), env=environment, stdout=log, stderr=log
            )
        if not answers(self.broker, self._node, seconds=START_SECONDS):
            self.close()
            raise LabError(f"RabbitMQ does not start; see {self.broker.folder / 'out.log'}.")

    @property
    def alive(self) -> bool:
        """Whether the broker's process exists."""
        return self._node is not None and self._node.poll() is None

    def stop(self) -> None:
        """Ask the broker to stop, and wait for it. Its data stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker as a power cut would."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop everything that `start` started."""
        self.stop()
        if self._epmd is not None:
            self._epmd.terminate()
            self._epmd.wait()
            self._epmd = None

    def _end(self, number: signal.Signals) -> None:
        if self._node is None:
            return
        root = psutil.Process(self._node.pid) if self._node.poll() is None else None
        family = [root, *root.children(recursive=True)] if root else []
        # SIGTERM goes to the script, which stops its node in order; SIGKILL to all at once.
        _send(family if number is signal.SIGKILL else family[:1], number)
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        _send(alive, signal.SIGKILL)
        self._node.wait()
        self._node = None


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _epmd() -> Path:
    found = shutil.which("epmd") or next(
        iter(map(str, Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))), None
    )
    if found is None:
        raise LabError(f"Erlang's epmd is missing. {ADVICE}")
    return Path(found)
