from dataclasses import asdict

import pytest

from lab.errors import LabError
from lab.facts import EXTRAS
from lab.processes.ports import MAX_REPLICAS, Ports


def test_every_listener_has_a_port_of_its_own() -> None:
    ports = Ports()
    replicas = [name for name in asdict(ports) if name.endswith("_replicas")]
    singles = len(asdict(ports)) - len(replicas) - 2  # Locust opens its own two
    assert len(ports.listeners(EXTRAS)) == singles + len(replicas) * MAX_REPLICAS
    assert not {ports.locust, ports.locust_metrics} & set(ports.listeners(EXTRAS))


def test_what_is_not_asked_for_needs_no_port() -> None:
    ports = Ports()
    assert not {ports.rabbitmq, ports.consul} & set(ports.listeners())
    assert ports.rabbitmq in ports.listeners(["rabbitmq"])
    assert ports.consul not in ports.listeners(["rabbitmq"])


def test_the_articles_ports_are_the_gateways() -> None:
    assert (Ports().laptops, Ports().port) == (5000, 5001)


def test_an_offset_shifts_every_port() -> None:
    shifted, plain = asdict(Ports.shifted(7000)), asdict(Ports())
    assert all(shifted[name] == plain[name] + 7000 for name in plain)


def test_the_offset_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_PORT_OFFSET", "100")
    assert Ports.from_env().laptops == 5100


@pytest.mark.parametrize("offset", ["many", "-1", "60000"])
def test_an_impossible_offset_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, offset: str
) -> None:
    monkeypatch.setenv("LAB_PORT_OFFSET", offset)
    with pytest.raises(LabError, match="LAB_PORT_OFFSET"):
        Ports.from_env()


def test_replicas_have_neighbouring_ports() -> None:
    assert list(Ports().replicas("laptops"))[:2] == [15000, 15001]
    assert list(Ports().replicas("port"))[-1] == 15107
