"""Where an experiment's stack can run: on this machine, on Docker Compose, on a cluster."""

from typing import Literal

from lab.engines import compose, kubernetes, machine
from lab.engines.endpoints import Engine

Name = Literal["machine", "compose", "kubernetes"]
DEFAULT: Name = "machine"


def named(name: Name) -> Engine:
    """Return the engine of a name."""
    engines: dict[Name, Engine] = {
        "machine": machine.running,
        "compose": compose.running,
        "kubernetes": kubernetes.running,
    }
    return engines[name]
