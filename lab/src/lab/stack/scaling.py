"""Run the autoscaler on the stack whose supervisor started this process."""

from lab.autoscaler import service
from lab.autoscaler.settings import Settings
from lab.errors import LabError
from lab.facts import SERVICES, WORKERS
from lab.paths import state_dir
from lab.stack import policies, running
from lab.stack.running import RunningStack


def run_autoscaler(*, sync_seconds: float, hold: bool) -> None:
    """Scale the services until told to stop. Raises LabError when no stack runs."""
    stack = running.find(state_dir())
    if stack is None:
        raise LabError("There is no stack to scale. `lab up` runs the autoscaler itself.")
    service.run(settings(stack, sync_seconds=sync_seconds, hold=hold))


def settings(stack: RunningStack, *, sync_seconds: float, hold: bool) -> Settings:
    """Return the autoscaler's settings for this stack."""
    layout, ports, urls = stack.layout, stack.ports, stack.urls
    return Settings(
        policies=policies.files(stack.extras),
        base_ports={name: ports.replicas(name)[0] for name in (*SERVICES, *WORKERS)},
        inside=frozenset(WORKERS),
        supervisor_socket=layout.socket,
        prometheus_url=urls.prometheus,
        gateway_url=urls.gateway_internal,
        gateway_file=layout.routes,
        targets_dir=layout.targets,
        metrics_port=ports.autoscaler,
        otlp_endpoint=urls.otlp_http,
        sync_seconds=sync_seconds,
        hold=hold,
    )
