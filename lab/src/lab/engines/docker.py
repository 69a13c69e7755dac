"""Replicas that are Docker's containers, for the autoscaler: what process-compose is elsewhere.

Replica i of `laptops` is the container that Compose calls `laptop-lab-laptops-<i+1>`. All exist
from the start; the autoscaler starts and stops them.
"""

import os
import threading
from collections.abc import Mapping
from typing import Any, Self

import httpx

from lab.engines.compose import PROJECT
from lab.processes.supervisor import State

SOCKET = "/var/run/docker.sock"
STOP_SECONDS = 30
"""Longer than a drain; then the engine kills."""

STATUS = {
    "created": "Disabled",
    "restarting": "Restarting",
    "running": "Running",
    "removing": "Terminating",
    "exited": "Completed",
    "dead": "Error",
}
"""The engine's word → process-compose's, which the autoscaler knows."""


class DockerEngine:
    """The Docker engine as a `Supervisor`. Every call raises httpx.HTTPError when it is away."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        """`transport` leads to an engine; by default to this machine's."""
        transport = transport or httpx.HTTPTransport(uds=engine_socket())
        self._client = httpx.Client(transport=transport, base_url="http://docker", timeout=5)
        self._ids: dict[str, str] = {}
        self._stopping: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def states(self) -> Mapping[str, State]:
        """Return every replica by name, those that were never started included."""
        label = f'{{"label":["com.docker.compose.project={PROJECT}"]}}'
        answer = self._client.get("/containers/json", params={"all": "1", "filters": label})
        containers = {name_of(each): each for each in answer.raise_for_status().json()}
        self._ids = {name: each["Id"] for name, each in containers.items()}
        with self._lock:
            stopping = set(self._stopping)
        return {
            name: state_of(name, each, stopping=name in stopping)
            for name, each in containers.items()
        }

    def start(self, name: str) -> None:
        """Start a container that does not run."""
        self._client.post(f"/containers/{self._ids[name]}/start").raise_for_status()

    def stop(self, name: str) -> None:
        """Stop a container and wait until it is gone; the engine does not say that it is going."""
        with self._lock:
            self._stopping.add(name)
        try:
            url, patience = f"/containers/{self._ids[name]}/stop", {"t": str(STOP_SECONDS)}
            self._client.post(url, params=patience, timeout=STOP_SECONDS + 10).raise_for_status()
        finally:
            with self._lock:
                self._stopping.discard(name)


def engine_socket() -> str:
    """Return the path of the engine's socket: DOCKER_HOST's, or the usual one."""
    return os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or SOCKET


def name_of(container: Mapping[str, Any]) -> str:
    """Name a container as the autoscaler does: from zero."""
    labels = container["Labels"]
    number = int(labels["com.docker.compose.container-number"])
    return f"{labels['com.docker.compose.service']}-{number - 1}"


def state_of(name: str, container: Mapping[str, Any], *, stopping: bool) -> State:
    """Translate the engine's state of a container into process-compose's."""
    status = "Terminating" if stopping else STATUS.get(container["State"], "Error")
    ready = container["State"] == "running" and "(healthy)" in container["Status"]
    return State(name=name, status=status, ready=ready, restarts=0, exit_code=0, pid=0)
