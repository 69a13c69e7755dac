"""What the lab needs from this machine, what is there, and how to get the rest."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lab import toolchain
from lab.errors import LabError
from lab.paths import cache_dir, state_dir
from lab.processes.ports import Ports
from lab.stack import clashes, running
from lab.toolchain.components import BUILT, Component
from lab.toolchain.golang import require_go
from lab.toolchain.locate import traefik

NEEDED_GIB = 3
"""Room for Go's module and build caches and the binaries."""


@dataclass(frozen=True)
class Requirement:
    """One thing that was looked at; `remedy` tells what to do when it is not good."""

    name: str
    good: bool
    found: str
    remedy: str = ""


def examine() -> list[Requirement]:
    """Look at everything. Nothing is built, started or changed."""
    missing = [component for component in BUILT if not toolchain.find(component)]
    go = [_go(missing)] if missing else []
    return [_python(), *go, *map(_component, BUILT), _traefik(), _disk(), _ports()]


def _python() -> Requirement:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Requirement("Python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")


def _go(to_build: Sequence[Component]) -> Requirement:
    """Look at Go, which is needed only while something is to be built."""
    try:
        for component in to_build:
            require_go(component)
    except LabError as error:
        return Requirement("Go", False, "missing or too old", str(error))
    return Requirement("Go", True, "new enough")


def _component(component: Component) -> Requirement:
    found = toolchain.find(component)
    to_build = f"to be built by `lab up`, in about {component.seconds} s on two cores"
    return Requirement(component.name, True, str(found or to_build))


def _traefik() -> Requirement:
    try:
        return Requirement("traefik", True, str(traefik()))
    except LabError as error:
        return Requirement("traefik", False, "not found", str(error))


def _disk() -> Requirement:
    folder = next(p for p in (cache_dir(), *cache_dir().parents) if p.exists())
    free = shutil.disk_usage(folder).free / 2**30
    remedy = f"Make room for {NEEDED_GIB} GiB, or set XDG_CACHE_HOME to a larger disk."
    return Requirement("disk", free >= NEEDED_GIB, f"{free:.0f} GiB free at {folder}", remedy)


def _ports() -> Requirement:
    if running.find(state_dir()):
        return Requirement("ports", True, "taken by the running stack")
    try:
        clashes.require_free(Ports.from_env().listeners())
    except LabError as error:
        return Requirement("ports", False, "not all free", str(error))
    return Requirement("ports", True, "all free")
