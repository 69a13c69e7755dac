"""The services on a real PostgreSQL keep the same rules as on SQLite."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.support import postgres
from tests.support.processes import replicas
from tests.support.services import laptops_client, port_client

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed"),
]


@dataclass(frozen=True)
class Service:
    name: str
    path: str
    valid: dict[str, str]
    database_url: str


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.server() as running:
        yield running


@pytest.fixture(params=["laptops", "port"])
def service(request: pytest.FixtureRequest, server: postgres.Server) -> Service:
    """A service with an empty database of its own."""
    admin = server.url.replace("+psycopg", "")
    with psycopg.connect(f"{admin}postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {request.param} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {request.param}")
    valid = {"laptops": {"title": "Framework", "model": "13"}, "port": {"name": "Thunderbolt"}}
    name = request.param
    return Service(name, f"/{name}", valid[name], f"{server.url}{name}")


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[httpx.Client]:
    make = {"laptops": laptops_client, "port": port_client}[service.name]
    with make(tmp_path, database_url=service.database_url, capacity_concurrency=8) as client:
        yield client


def ids(client: httpx.Client, service: Service) -> list[int]:
    return [item["id"] for item in client.get(service.path).json()]


def test_an_item_is_seeded_added_read_and_removed(client: httpx.Client, service: Service) -> None:
    added = client.post(service.path, json=service.valid)

    assert ids(client, service) == [1, 2, 3]
    assert client.get(added.headers["Location"]).json() == added.json()
    assert client.delete(added.headers["Location"]).status_code == 204
    assert ids(client, service) == [1, 2]


def test_the_store_counts_on_from_a_chosen_id(client: httpx.Client, service: Service) -> None:
    client.post(service.path, json={"id": 2**31 - 1, **service.valid})

    assert client.post(service.path, json=service.valid).json()["id"] == 2**31


def test_a_chosen_id_below_the_count_does_not_set_it_back(
    client: httpx.Client, service: Service
) -> None:
    client.delete(f"{service.path}/1")
    client.post(service.path, json={"id": 1, **service.valid})

    assert client.post(service.path, json=service.valid).json()["id"] > 2


def test_an_id_in_use_is_refused(client: httpx.Client, service: Service) -> None:
    assert client.post(service.path, json={"id": 1, **service.valid}).status_code == 409


def test_pages_follow_each_other(client: httpx.Client, service: Service) -> None:
    page = client.get(service.path, params={"limit": 1})

    assert [item["id"] for item in client.get(page.links["next"]["url"]).json()] == [2]


def test_while_the_server_is_gone_a_replica_says_so_and_comes_back_with_it(
    client: httpx.Client, service: Service, server: postgres.Server
) -> None:
    server.stop()
    try:
        refused = client.get(service.path)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert "127.0.0.1" not in refused.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
    finally:
        server.start()

    assert client.get("/readyz").status_code == 200
    assert ids(client, service) == [1, 2]


def test_chosen_and_counted_ids_never_fail_each_other(
    client: httpx.Client, service: Service
) -> None:
    """Half of the writers choose the ids that the count is about to reach."""
    bodies = [service.valid | ({"id": 3 + i} if i % 2 else {}) for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: client.post(service.path, json=body), bodies))

    chosen = {a.status_code for a, b in zip(answers, bodies, strict=True) if "id" in b}
    counted = {a.status_code for a, b in zip(answers, bodies, strict=True) if "id" not in b}
    assert counted == {201}
    assert chosen <= {201, 409}


def test_replicas_that_start_together_on_an_empty_store_seed_it_once(
    service: Service, tmp_path: Path
) -> None:
    with replicas(4, service.name, tmp_path, DATABASE_URL=service.database_url) as running:
        seen = [[i["id"] for i in httpx.get(r.collection).json()] for r in running]

    assert seen == [[1, 2]] * 4
