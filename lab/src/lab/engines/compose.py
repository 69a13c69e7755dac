"""The stack on Docker Compose, with its replicas in the autoscaler's hands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from lab.autoscaler import targets
from lab.autoscaler.scaledobject import load
from lab.engines.endpoints import Endpoints, require_none
from lab.errors import LabError
from lab.facts import SERVICES
from lab.paths import ROOT, state_dir
from lab.stack import policies

PROJECT = "laptop-lab"
NETWORK = f"{PROJECT}_default"
READY_SECONDS = 120
ADVICE = "Docker and its compose plug-in are needed: https://docs.docker.com/compose/install/"


@dataclass(frozen=True, kw_only=True)
class Compose:
    """One Compose project. `folder` holds the routes and targets that the autoscaler writes."""

    folder: Path = field(default_factory=lambda: state_dir() / "compose")

    @property
    def routes(self) -> Path:
        """The file that the gateway watches."""
        return self.folder / "gateway" / "routes.yaml"

    @property
    def targets(self) -> Path:
        """One file of scrape targets for each job."""
        return self.folder / "targets"

    def run(self, *arguments: str) -> None:
        """Run `docker compose`; raise LabError with the end of what it said if it fails."""
        environment = {**os.environ, "LAB_COMPOSE_DIR": str(self.folder)}
        _docker("compose", "--project-directory", str(ROOT), *arguments, environment=environment)

    def services(self) -> list[str]:
        """Return the services to start: all but Grafana, which an experiment does not ask."""
        listed = _docker("compose", "--project-directory", str(ROOT), "config", "--services")
        return [name for name in listed.split() if name != "grafana"]

    def prepare(self) -> None:
        """Begin with the routes and targets of the checkout."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(ROOT / "compose", self.folder)

    def up(self) -> None:
        """Start one replica of each service, and create the others without starting them."""
        services = self.services()
        self.run("up", "--detach", "--wait", "--wait-timeout", str(READY_SECONDS), *services)
        self.run("create", "--no-recreate", *_scaled(), *SERVICES)

    def down(self) -> None:
        """Stop and remove everything, data included."""
        self.run("down", "--volumes", "--timeout", "30")


@contextmanager
def running(
    console: Console, *, autoscale: bool, extras: Collection[str] = ()
) -> Iterator[Endpoints]:
    """Run the stack and its autoscaler; leave nothing behind. Raises LabError."""
    require_none(extras, "Docker Compose")
    policies.require()
    compose = Compose()
    compose.prepare()
    try:
        console.print("Starting the stack on Docker.")
        compose.up()
        targets.write(compose.targets, "autoscaler", [f"{bridge()}:9095"])
        with _autoscaler(compose, autoscale=autoscale):
            yield Endpoints()
    finally:
        compose.down()


def bridge() -> str:
    """Return this machine's address on the project's network: containers reach the lab there."""
    template = "{{(index .IPAM.Config 0).Gateway}}"
    return _docker("network", "inspect", "--format", template, NETWORK).strip()


def _scaled() -> list[str]:
    followed = [load(path) for path in policies.files()]
    return [f"--scale={policy.service}={policy.autoscaler().max_replicas}" for policy in followed]


@contextmanager
def _autoscaler(compose: Compose, *, autoscale: bool) -> Iterator[None]:
    """Run it as a process of its own, as everywhere."""
    hold = [] if autoscale else ["--hold"]
    command = [sys.executable, "-m", "lab.engines.scaling", str(compose.folder), bridge(), *hold]
    with (compose.folder / "autoscaler.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
            if process.poll() is not None:
                raise LabError(f"The autoscaler ended; {output.name} says why.")
        finally:
            process.terminate()
            process.wait(timeout=10)


def _docker(*arguments: str, environment: dict[str, str] | None = None) -> str:
    command: Sequence[str] = ["docker", *arguments]
    try:
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise LabError(f"There is no docker on PATH. {ADVICE}") from None
    if ran.returncode != 0:
        said = "\n  ".join(ran.stderr.strip().splitlines()[-5:])
        raise LabError(f"`docker {arguments[0]}` failed: {said or 'it does not say why'}")
    return ran.stdout
