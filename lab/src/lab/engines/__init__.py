"""Where an experiment's stack can run: on this machine, on Docker Compose, on a cluster."""

from typing import Literal

from lab.engines import compose, kubernetes
from lab.experiments.spike import Engine, on_this_machine

Name = Literal["machine", "compose", "kubernetes"]


def named(name: Name) -> Engine:
    """Return the engine of a name."""
    engines: dict[Name, Engine] = {
        "machine": on_this_machine,
        "compose": compose.running,
        "kubernetes": kubernetes.running,
    }
    return engines[name]
