"""What more than one part of the lab has to know of the system, each fact once.

Files in other languages and the services themselves name some of these again; the contract tests
hold them equal.
"""

from typing import Literal

HOST = "127.0.0.1"
"""All that the lab starts listens here and nowhere else."""
LOOPBACK = f"http://{HOST}"

Service = Literal["laptops", "port"]
SERVICES: tuple[Service, Service] = ("laptops", "port")
PORTS: dict[Service, int] = {"laptops": 5000, "port": 5001}
"""Where each service answers: at its gateway, and in its container."""

LAPTOPS_WORKER = "laptops-worker"
PORT_WORKER = "port-worker"
WORKERS = (LAPTOPS_WORKER, PORT_WORKER)
"""The services' workers, which RabbitMQ brings along: processes, scrape jobs and Deployments."""
LAPTOPS_QUEUE = "laptops.events"
PORT_QUEUE = "port.events"
QUEUES = (LAPTOPS_QUEUE, PORT_QUEUE)

EXTRAS = ("rabbitmq", "consul")
"""What `lab up --with` can add."""

EXISTING_REPLICAS = "kube_deployment_status_replicas"
ASKED_REPLICAS = "kube_deployment_spec_replicas"
FEWEST_REPLICAS = "kube_horizontalpodautoscaler_spec_min_replicas"


def service_of(worker: str) -> str:
    """Return the service whose store a worker shares."""
    return worker.removesuffix("-worker")


def deployment(service: Service) -> str:
    """Return the name of a service's Deployment; a worker's has the worker's own name."""
    return f"{service}-service"


def replicas_of(deployment: str) -> str:
    """Return the query of how many replicas of a Deployment there are."""
    return f'{EXISTING_REPLICAS}{{deployment="{deployment}"}}'
