"""What `lab up --with` adds, and whether this machine has it."""

from collections.abc import Collection

from lab.errors import LabError
from lab.facts import EXTRAS, HOST
from lab.processes.ports import Ports
from lab.programs.consul import ConsulPorts, ConsulServer
from lab.programs.rabbitmq import RabbitMQPorts, program

__all__ = ["consul", "parse", "rabbitmq", "rabbitmq_url", "require"]


def parse(text: str) -> tuple[str, ...]:
    """Read `rabbitmq,consul`. Raises LabError for a word that is neither."""
    words = tuple(dict.fromkeys(word for word in text.replace(" ", "").split(",") if word))
    if unknown := [word for word in words if word not in EXTRAS]:
        raise LabError(f"--with knows {' and '.join(EXTRAS)}, not {unknown[0]!r}.")
    return words


def require(extras: Collection[str]) -> None:
    """Raise LabError, with what to do, when a program is missing."""
    if "rabbitmq" in extras:
        program()
    if "consul" in extras:
        consul(Ports()).command()


def rabbitmq(ports: Ports) -> RabbitMQPorts:
    """Return where a stack's broker listens."""
    return RabbitMQPorts(
        amqp=ports.rabbitmq,
        management=ports.rabbitmq_management,
        metrics=ports.rabbitmq_metrics,
        distribution=ports.rabbitmq_distribution,
        epmd=ports.rabbitmq_epmd,
    )


def rabbitmq_url(ports: Ports) -> str:
    """Return where a stack's broker takes clients."""
    return f"amqp://guest:guest@{HOST}:{ports.rabbitmq}/"


def consul(ports: Ports) -> ConsulServer:
    """Return a stack's Consul."""
    return ConsulServer(
        ports=ConsulPorts(http=ports.consul, server=ports.consul_server, serf=ports.consul_serf)
    )
