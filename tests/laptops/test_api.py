"""What is particular to laptops; tests/contracts holds what both services have in common."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.services import laptops_client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with laptops_client(tmp_path) as client:
        yield client


def test_a_new_store_holds_the_articles_laptops(client: httpx.Client) -> None:
    assert client.get("/laptops").json() == [
        {"id": 1, "title": "Lenovo", "model": "S3", "ports": []},
        {"id": 2, "title": "Dell", "model": "Latitude 3.0", "ports": []},
    ]


def test_while_port_is_down_a_laptop_with_ports_is_added_with_a_warning(
    client: httpx.Client,
) -> None:
    added = client.post("/laptops", json={"title": "Framework", "model": "13", "ports": [1]})

    assert added.status_code == 201
    assert added.json()["warnings"] == [
        {
            "code": "ports_unverified",
            "detail": "The port service could not be asked.",
            "ports": [1],
        }
    ]


def test_while_port_is_down_a_laptop_tells_what_is_missing(client: httpx.Client) -> None:
    added = client.post("/laptops", json={"title": "Framework", "model": "13", "ports": [1]})

    told = client.get(added.headers["Location"], params={"include": "ports"})

    assert told.status_code == 200
    assert (told.json()["title"], told.json()["ports"]) == ("Framework", [1])
    assert told.json()["included"] == {"ports": []}
    assert told.json()["warnings"][0]["code"] == "ports_unavailable"


def test_an_answer_without_a_gap_has_no_warnings(client: httpx.Client) -> None:
    assert client.get("/laptops/1", params={"include": "ports"}).json() == {
        "id": 1,
        "title": "Lenovo",
        "model": "S3",
        "ports": [],
        "included": {"ports": []},
    }


def test_a_port_named_twice_is_kept_once(client: httpx.Client) -> None:
    added = client.post("/laptops", json={"title": "a", "model": "b", "ports": [2, 1, 2]})

    assert added.json()["ports"] == [2, 1]


@pytest.mark.parametrize("ports", ["1", [0], [-1], ["1"], [1.5], [True], [2**31], [1] * 21])
def test_ports_are_a_short_list_of_ids(client: httpx.Client, ports: object) -> None:
    refused = client.post("/laptops", json={"title": "a", "model": "b", "ports": ports})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("#/ports")


def test_something_else_cannot_be_included(client: httpx.Client) -> None:
    refused = client.get("/laptops/1", params={"include": "price"})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "include"
