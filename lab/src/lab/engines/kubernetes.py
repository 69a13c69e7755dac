"""The stack on a cluster: what `kubectl apply --kustomize k8s/overlays/local` has put there.

It is reached through port-forwards, so any cluster that kubectl reaches will do.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from lab import facts
from lab.engines.endpoints import Endpoints, require_none
from lab.errors import LabError
from lab.facts import LOOPBACK
from lab.waiting import wait_until

NAMESPACE = "laptop-lab"
READY_SECONDS = 30.0
FORWARDED = r"127\.0\.0\.1:(\d+) -> \d+"
"""How kubectl says which port of this machine it chose."""
PORTS = {
    "laptops": ("gateway", facts.PORTS["laptops"]),
    "port": ("gateway", facts.PORTS["port"]),
    "prometheus": ("prometheus", 9090),
    "jaeger": ("jaeger", 16686),
    "victorialogs": ("victorialogs", 9428),
}
"""What an experiment asks → the Service that has it, and the port there."""


@contextmanager
def running(
    console: Console, *, autoscale: bool, extras: Collection[str] = ()
) -> Iterator[Endpoints]:
    """Reach a stack that is deployed already. Raises LabError when it is not there."""
    require_none(extras, "a cluster")
    if not autoscale:
        raise LabError("A cluster scales by itself; --no-autoscale is for the lab's own scaler.")
    console.print(f"Using the stack in the namespace {NAMESPACE}.")
    with forwarded() as endpoints:
        yield endpoints


@contextmanager
def forwarded() -> Iterator[Endpoints]:
    """Forward a free port of this machine to each part of the stack."""
    with ExitStack() as stack:
        services = {service for service, _ in PORTS.values()}
        local = {name: stack.enter_context(_forward(name)) for name in sorted(services)}
        yield Endpoints(
            laptops=_url(local, "laptops"),
            port=_url(local, "port"),
            prometheus=_url(local, "prometheus"),
            jaeger=_url(local, "jaeger"),
            victorialogs=_url(local, "victorialogs"),
        )


def _url(local: Mapping[str, Mapping[int, int]], name: str) -> str:
    service, port = PORTS[name]
    return f"{LOOPBACK}:{local[service][port]}"


@contextmanager
def _forward(service: str) -> Iterator[dict[int, int]]:
    """Give the port on this machine for each of a Service's ports."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise LabError("There is no kubectl on PATH: https://kubernetes.io/docs/tasks/tools/")
    ports = [f":{port}" for name, port in PORTS.values() if name == service]
    command = [kubectl, "--namespace", NAMESPACE, "port-forward", f"service/{service}", *ports]
    with tempfile.NamedTemporaryFile(suffix=".log") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield _await(process, Path(output.name), service, len(ports))
        finally:
            process.terminate()
            process.wait(timeout=10)


def _await(
    process: subprocess.Popen[bytes], output: Path, service: str, count: int
) -> dict[int, int]:
    """Wait until every port is forwarded; kubectl says which it chose."""

    def forwarded() -> list[int]:
        return [int(port) for port in re.findall(FORWARDED, output.read_text())]

    wait_until(
        lambda: process.poll() is not None or len(forwarded()) == count, seconds=READY_SECONDS
    )
    if process.poll() is None and len(forwarded()) == count:
        return _by_service_port(service, forwarded())
    reason = output.read_text().strip().splitlines()[-1:] or ["kubectl does not say why"]
    raise LabError(f"The service {service} can't be reached: {reason[0]}")


def _by_service_port(service: str, local: list[int]) -> dict[int, int]:
    """Pair in the order asked for: kubectl prints the pod's ports, not the Service's."""
    ports = [port for name, port in PORTS.values() if name == service]
    return dict(zip(ports, local, strict=True))
