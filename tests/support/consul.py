"""A real Consul for tests: on loopback, on free ports, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.rabbitmq import free_ports

from chassis.knobs import ROOT, Knobs
from consulkit import Consul, SettingsHistory
from lab.programs.consul import ConsulPorts, ConsulServer, RunningConsul, program


@contextmanager
def running_consul(folder: Path) -> Iterator[RunningConsul]:
    """Run a Consul; skip the test (which fails in CI) when there is none."""
    if program() is None:
        pytest.skip("Consul is not here")
    http, server, serf = free_ports(3)
    ports = ConsulPorts(http=http, server=server, serf=serf)
    running = RunningConsul(ConsulServer(ports=ports), folder / "consul.log")
    try:
        running.start()
        yield running
    finally:
        running.kill()


def settings_in(consul: Consul) -> SettingsHistory:
    """Return this project's settings in a Consul."""
    return SettingsHistory(consul, ROOT, Knobs)
