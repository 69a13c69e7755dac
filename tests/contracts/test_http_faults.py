"""What a client sees when the service itself is in trouble: never its insides."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from tests.support.services import laptops_client, port_client

from chassis.rows import Rows

SERVICES = {"laptops": (laptops_client, "/laptops"), "port": (port_client, "/port")}
SECRET = "password=hunter2"


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[httpx.Client, str]]:
    make, path = SERVICES[request.param]
    with make(tmp_path) as client:
        yield client, path


def break_the_store(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Rows, "get", fail)


@pytest.mark.parametrize("name", SERVICES)
def test_a_simulated_defect_fails_requests_and_spares_probes(name: str, tmp_path: Path) -> None:
    make, path = SERVICES[name]
    switch = tmp_path / "faults.json"
    switch.write_text(json.dumps({name: {"error_share": 1.0}}))

    with make(tmp_path, faults_file=switch) as client:
        assert client.get(path).status_code == 500
        assert client.get(path).headers["Content-Type"] == "application/problem+json"
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", SERVICES)
def test_a_slow_supplier_slows_reads(name: str, tmp_path: Path) -> None:
    make, path = SERVICES[name]
    switch = tmp_path / "faults.json"
    switch.write_text(json.dumps({name: {"supplier_seconds": 0.3}}))

    with make(tmp_path, faults_file=switch) as client:
        before = time.monotonic()
        assert client.get(path).status_code == 200
        assert time.monotonic() - before >= 0.3


def test_an_unknown_error_is_a_500_that_tells_nothing(
    service: tuple[httpx.Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = service
    break_the_store(monkeypatch, RuntimeError(SECRET))

    answer = client.get(f"{path}/1")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Internal Server Error"
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_a_store_that_is_gone_is_a_503_that_says_when_to_try_again(
    service: tuple[httpx.Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = service
    break_the_store(monkeypatch, OperationalError("SELECT", {}, Exception(SECRET)))

    answer = client.get(f"{path}/1")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["type"] == "urn:laptop-lab:problem:store-unavailable"
    assert SECRET not in answer.text
