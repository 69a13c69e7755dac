"""The options on Docker: a broker with its workers, and Consul."""

import re
from collections.abc import Iterator

import httpx
import pytest
from tests.e2e.backends import eventually

from lab.engines.compose import READY_SECONDS, Compose
from lab.engines.endpoints import Endpoints

OPTIONS = {"AMQP_URL": "amqp://lab:lab@rabbitmq:5672/", "CONSUL": "true"}
PROFILES = ("--profile=events", "--profile=consul")
PARTS = ("gateway", "laptops-worker", "port-worker", "consul")
"""What they depend on comes with them."""

CONSUL = "http://127.0.0.1:8500"
AT = Endpoints()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a stack that runs with both options and is healthy."""
    project = Compose(folder=tmp_path_factory.mktemp("compose") / "files")
    project.prepare()
    with pytest.MonkeyPatch.context() as patch, httpx.Client(timeout=10) as client:
        for name, value in OPTIONS.items():
            patch.setenv(name, value)
        try:
            project.run(*PROFILES, "up", "--wait", f"--wait-timeout={READY_SECONDS}", *PARTS)
            yield client
        finally:
            project.run(*PROFILES, "down", "--volumes")


@pytest.mark.timeout(300)
def test_a_port_that_is_retired_leaves_the_laptop_that_named_it(client: httpx.Client) -> None:
    new = {"title": "Framework", "model": "13", "ports": [1, 2]}
    made = client.post(f"{AT.laptops}/laptops", json=new).raise_for_status()
    laptop = f"{AT.laptops}{made.headers['location']}"
    assert eventually(lambda: client.get(f"{AT.port}/port/2").json()["laptops"] == 1)
    client.delete(f"{AT.port}/port/2").raise_for_status()
    assert eventually(lambda: client.get(laptop).json()["ports"] == [1])


def test_consul_knows_each_service_and_finds_it_healthy(client: httpx.Client) -> None:
    for service in ("laptops", "port"):
        url = f"{CONSUL}/v1/health/service/{service}?passing"
        assert eventually(lambda url=url: len(client.get(url).json()) == 1)


def test_the_gateway_sends_requests_where_consul_says(client: httpx.Client) -> None:
    for service, url in (("laptops", AT.laptops), ("port", AT.port)):
        client.get(f"{url}/{service}").raise_for_status()
    told = client.get("http://127.0.0.1:5080/metrics").text
    taken = re.findall(r'^traefik_service_requests_total\{.*service="(\S+?)"\}', told, re.MULTILINE)
    assert set(taken) == {"laptops@consulcatalog", "port@consulcatalog"}


def test_prometheus_scrapes_the_replicas_that_consul_names(client: httpx.Client) -> None:
    def instances() -> set[str]:
        query = {"query": 'up{job=~"laptops|port|consul"} == 1'}
        answer = client.get(f"{AT.prometheus}/api/v1/query", params=query).json()
        return {found["metric"]["instance"] for found in answer["data"]["result"]}

    known = {
        f"{entry['ServiceAddress']}:{entry['ServicePort']}"
        for service in ("laptops", "port")
        for entry in client.get(f"{CONSUL}/v1/catalog/service/{service}-metrics").json()
    }
    expected = {*known, "consul:8500"}
    assert eventually(instances, until=lambda found: found == expected) == expected


def test_a_setting_in_consul_changes_a_service_that_runs(client: httpx.Client) -> None:
    key = f"{CONSUL}/v1/kv/laptop-lab/config/port/supplier_latency_seconds"
    client.put(key, content="0.7").raise_for_status()
    assert eventually(lambda: client.get(f"{AT.port}/port").elapsed.total_seconds() >= 0.7)
