"""Laptops asks port over a real network; replicas share a store."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Replica, eventually, free_port, replica, replicas

pytestmark = pytest.mark.e2e

FRAMEWORK = {"title": "Framework", "model": "13"}


@pytest.fixture
def port_address() -> int:
    return free_port()


@pytest.fixture
def laptops(tmp_path: Path, port_address: int) -> Iterator[Replica]:
    with replica("laptops", tmp_path, PORT_URL=f"http://127.0.0.1:{port_address}") as running:
        yield running


def test_laptops_tells_the_names_of_ports_while_port_is_up(
    laptops: Replica, tmp_path: Path, port_address: int
) -> None:
    with replica("port", tmp_path, HTTP_PORT=str(port_address)):
        added = httpx.post(laptops.collection, json=FRAMEWORK | {"ports": [2, 1]})
        told = httpx.get(laptops.url + added.headers["Location"], params={"include": "ports"})
        refused = httpx.post(laptops.collection, json=FRAMEWORK | {"ports": [1, 99]})

    assert "warnings" not in added.json()
    assert told.json()["included"]["ports"] == [
        {"id": 2, "name": "USB-A"},
        {"id": 1, "name": "USB-C"},
    ]
    assert refused.status_code == 422
    assert refused.json()["detail"] == "There is no port with id 99."


def test_laptops_outlives_port_and_notices_its_return(
    laptops: Replica, tmp_path: Path, port_address: int
) -> None:
    for _ in range(10):
        added = httpx.post(laptops.collection, json=FRAMEWORK | {"ports": [1]})
        assert added.status_code == 201
        assert added.json()["warnings"][0]["code"] == "ports_unverified"
    assert httpx.get(laptops.collection).elapsed.total_seconds() < 1

    with replica("port", tmp_path, HTTP_PORT=str(port_address)):
        address = laptops.url + added.headers["Location"]
        eventually(
            lambda: "warnings" not in httpx.get(address, params={"include": "ports"}).json(),
            "the circuit closes again",
        )


@pytest.mark.parametrize(
    ("service", "new"), [("laptops", FRAMEWORK), ("port", {"name": "Thunderbolt"})]
)
def test_replicas_that_start_together_on_an_empty_store_seed_it_once(
    service: str, new: dict[str, str], tmp_path: Path
) -> None:
    with replicas(4, service, tmp_path) as running:
        added = httpx.post(running[0].collection, json=new)
        seen = [[i["id"] for i in httpx.get(r.collection).json()] for r in running]

    assert added.json()["id"] == 3
    assert seen == [[1, 2, 3]] * 4
