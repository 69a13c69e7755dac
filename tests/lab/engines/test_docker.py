"""Containers as the autoscaler sees them: slots that a supervisor starts and stops."""

import json
import threading
from typing import Any

import httpx
import pytest

from lab.autoscaler.replicas import Phase, replicas_of
from lab.engines.docker import DockerEngine, engine_socket


class FakeEngine(httpx.BaseTransport):
    """An engine with a few containers; a stop lasts until it is let go."""

    def __init__(self, *containers: dict[str, Any]) -> None:
        self.containers = list(containers)
        self.asked: list[str] = []
        self.stopping = threading.Event()
        self.stopped = threading.Event()
        self.stopped.set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/containers/json":
            filters = json.loads(request.url.params["filters"])
            assert filters == {"label": ["com.docker.compose.project=laptop-lab"]}
            return httpx.Response(200, json=self.containers)
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/stop"):
            self.stopping.set()
            self.stopped.wait(5)
        return httpx.Response(204)


def container(service: str, number: int, state: str, status: str = "") -> dict[str, Any]:
    labels = {
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": str(number),
    }
    return {"Id": f"id-{service}-{number}", "Labels": labels, "State": state, "Status": status}


@pytest.mark.parametrize(
    ("state", "status", "phase", "ready"),
    [
        ("created", "Created", Phase.FREE, False),
        ("running", "Up 1 second (health: starting)", Phase.LIVE, False),
        ("running", "Up 5 seconds (healthy)", Phase.LIVE, True),
        ("running", "Up 5 seconds (unhealthy)", Phase.LIVE, False),
        ("exited", "Exited (0) 2 seconds ago", Phase.FREE, False),
    ],
)
def test_a_container_is_a_slot(state: str, status: str, phase: Phase, ready: bool) -> None:
    engine = FakeEngine(container("laptops", 1, state, status))
    with DockerEngine(engine) as supervisor:
        (replica,) = replicas_of("laptops", supervisor.states())
    assert (replica.index, replica.phase, replica.ready) == (0, phase, ready)


def test_the_first_container_is_replica_zero() -> None:
    engine = FakeEngine(
        container("laptops", 2, "created"),
        container("laptops", 1, "running"),
        container("port", 1, "running"),
    )
    with DockerEngine(engine) as supervisor:
        assert set(supervisor.states()) == {"laptops-0", "laptops-1", "port-0"}


def test_a_replica_is_started_by_its_containers_id() -> None:
    engine = FakeEngine(container("laptops", 3, "created"))
    with DockerEngine(engine) as supervisor:
        supervisor.states()
        supervisor.start("laptops-2")
    assert engine.asked == ["POST /containers/id-laptops-3/start"]


def test_a_replica_that_is_being_stopped_is_leaving_until_it_is_gone() -> None:
    engine = FakeEngine(container("laptops", 1, "running", "Up 5 seconds (healthy)"))
    engine.stopped.clear()
    with DockerEngine(engine) as supervisor:
        supervisor.states()
        stop = threading.Thread(target=supervisor.stop, args=("laptops-0",))
        stop.start()
        assert engine.stopping.wait(5)
        (leaving,) = replicas_of("laptops", supervisor.states())
        engine.stopped.set()
        stop.join()
        (after,) = replicas_of("laptops", supervisor.states())
    assert leaving.phase is Phase.LEAVING
    assert leaving.running
    assert after.phase is Phase.LIVE


def test_the_engines_socket_is_the_one_that_docker_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert engine_socket() == "/var/run/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/docker.sock")
    assert engine_socket() == "/run/user/1000/docker.sock"
