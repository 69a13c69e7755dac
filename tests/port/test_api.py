"""What is particular to port; tests/contracts holds what both services have in common."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.services import port_client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with port_client(tmp_path) as client:
        yield client


def test_a_new_store_holds_the_articles_ports(client: httpx.Client) -> None:
    assert client.get("/port").json() == [
        {"id": 1, "name": "USB-C"},
        {"id": 2, "name": "USB-A"},
    ]


def test_a_list_can_be_cut_down_to_some_ids(client: httpx.Client) -> None:
    assert client.get("/port?id=2&id=99").json() == [{"id": 2, "name": "USB-A"}]


def test_a_link_keeps_the_ids_asked_for(client: httpx.Client) -> None:
    page = client.get("/port?id=1&id=2&limit=1")

    assert page.links["next"]["url"] == "/port?id=1&id=2&limit=1&after=1"


@pytest.mark.parametrize("query", ["id=x", "id=0", "&".join(f"id={i}" for i in range(1, 102))])
def test_ids_asked_for_are_few_and_valid(client: httpx.Client, query: str) -> None:
    refused = client.get(f"/port?{query}")

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "id"
