"""The autoscaler at work on Docker: `python -m lab.engines.scaling FOLDER ADDRESS [--hold]`."""

import sys
from pathlib import Path

from lab.autoscaler import service
from lab.autoscaler.settings import Settings
from lab.engines.compose import PROJECT, Compose
from lab.engines.docker import DockerEngine
from lab.facts import HOST, PORTS, SERVICES
from lab.processes.ports import Ports
from lab.stack import policies


def settings(compose: Compose, address: str, *, hold: bool) -> Settings:
    """Return the autoscaler's settings; `address` is where containers reach it."""
    ports = Ports.shifted(0)
    return Settings(
        policies=policies.files(),
        base_ports={service: PORTS[service] for service in SERVICES},
        hosts={name: f"{PROJECT}-{name}-{{number}}" for name in SERVICES},
        supervisor_socket=Path(),
        prometheus_url=f"http://{HOST}:{ports.prometheus}",
        gateway_url=f"http://{HOST}:{ports.gateway_internal}",
        gateway_file=compose.routes,
        targets_dir=compose.targets,
        metrics_host=address,
        metrics_port=ports.autoscaler,
        otlp_endpoint=f"http://{HOST}:{ports.otlp_http}",
        hold=hold,
    )


def main(folder: str, address: str, *flags: str) -> None:
    """Scale until told to stop."""
    compose = Compose(folder=Path(folder))
    service.run(settings(compose, address, hold="--hold" in flags), DockerEngine)


if __name__ == "__main__":
    main(*sys.argv[1:])
