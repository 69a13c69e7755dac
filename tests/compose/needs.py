"""What the tests on Docker need, and what stand-ins for images need."""

import os
import shutil
import subprocess
from pathlib import Path

from rich.console import Console
from tests.compose.standins import docker
from tests.support.needs import Need, command

from lab.paths import ROOT
from lab.programs import consul
from lab.toolchain import provide
from lab.toolchain.components import Component

SUPPORT = ROOT / "tests" / "support"
PACKAGES = SUPPORT / "debian-packages-docker.txt"
PLUG_INS = Path.home() / ".docker" / "cli-plugins"

COMPOSE = Component(
    name="docker-compose",
    version="2.40.3",
    module=ROOT / "compose" / "plugin",
    package="github.com/docker/compose/v2/cmd",
    names=(),  # Docker knows where its plug-ins are
    minimum=(2, 30),
    below=(3,),
    seconds=120,
)


def install_packages() -> None:
    """Install what Debian has, as root on Debian; elsewhere do nothing."""
    script = SUPPORT / "install-debian-packages.sh"
    subprocess.run([str(script), str(PACKAGES)], stderr=subprocess.DEVNULL, check=False)


def start_engine() -> None:
    """Start the engine that Debian's package brought."""
    if Path("/etc/init.d/docker").exists() and os.geteuid() == 0:
        subprocess.run(["service", "docker", "start"], capture_output=True, check=False)
        docker.answers(seconds=20)


def build_compose() -> None:
    """Build Docker's plug-in and put it where Docker looks for a user's plug-ins."""
    if shutil.which("go") is None:
        return
    program = provide(COMPOSE, Console())
    PLUG_INS.mkdir(parents=True, exist_ok=True)
    (PLUG_INS / COMPOSE.name).unlink(missing_ok=True)
    (PLUG_INS / COMPOSE.name).symlink_to(program)


def fetch_consul() -> None:
    """Unpack Debian's Consul into the cache, where there is none."""
    subprocess.run([str(SUPPORT / "install-consul.sh")], capture_output=True, check=False)


DOCKER = Need("Docker's client (docker.io)", command("docker"), install_packages)
ENGINE = Need("a Docker engine that answers", docker.answers, start_engine)
PLUG_IN = Need(
    "Docker's compose plug-in, which Go 1.26 would build", docker.has_compose, build_compose
)
TESTS = (DOCKER, ENGINE, PLUG_IN)
STAND_INS = (
    Need("root, for debootstrap", lambda: os.geteuid() == 0),
    Need("debootstrap", command("debootstrap"), install_packages),
    Need("a static busybox (busybox-static)", command("busybox"), install_packages),
    Need("Go 1.26, for the backends", command("go")),
    Need("Consul", lambda: consul.program() is not None, fetch_consul),
)
"""For images that can't be pulled."""
