"""A service that is full says so at once, and has a place again when there is one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.services import laptops_client, port_client

from chassis import capacity

SERVICES = {"laptops": (laptops_client, "/laptops"), "port": (port_client, "/port")}
FULL: dict[str, Any] = {"capacity_concurrency": 1, "supplier_latency_seconds": 0.5}


def asked_together(client: httpx.Client, path: str, count: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: client.get(path), range(count)))


def reasons(client: httpx.Client) -> dict[str, float]:
    """How many requests were turned away, by reason."""
    lines = client.get("/metrics").text.splitlines()
    found = [line.split() for line in lines if line.startswith(capacity.SHED_REQUESTS + "{")]
    return {name.split('"')[1]: float(value) for name, value in found}


@pytest.mark.parametrize("name", SERVICES)
def test_who_waits_too_long_is_asked_to_come_back(name: str, tmp_path: Path) -> None:
    make, path = SERVICES[name]
    with make(tmp_path, **FULL, queue_seconds=0.05) as client:
        answers = asked_together(client, path, 3)

        assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:laptop-lab:problem:overloaded"
        assert reasons(client) == {"line_full": 0.0, "waited_too_long": 2.0}


@pytest.mark.parametrize("name", SERVICES)
def test_a_line_that_is_full_takes_nobody_in(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "LONGEST_LINE", 1)
    make, path = SERVICES[name]
    with make(tmp_path, **FULL, queue_seconds=30) as client:
        answers = asked_together(client, path, 4)

        assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
        assert reasons(client)["line_full"] == 2.0


@pytest.mark.parametrize("name", SERVICES)
def test_a_place_is_given_back_whatever_became_of_the_request(name: str, tmp_path: Path) -> None:
    make, path = SERVICES[name]
    with make(tmp_path, capacity_concurrency=1, queue_seconds=0.05) as client:
        for each in (f"{path}/999", f"{path}/nonsense", "/nope", path):
            client.get(each)
        client.post(path, content=b"x" * 100_000)

        assert client.get(path).status_code == 200
        assert sum(reasons(client).values()) == 0
