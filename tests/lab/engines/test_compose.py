"""The engine on Docker, as far as it goes without Docker."""

from pathlib import Path

import pytest

from lab.autoscaler import service
from lab.engines import compose, named, scaling
from lab.engines.compose import Compose
from lab.errors import LabError
from lab.facts import PORTS


def test_as_many_replicas_are_created_as_the_policies_allow() -> None:
    assert compose._scaled() == ["--scale=laptops=8", "--scale=port=8"]


def test_the_run_begins_with_the_checkouts_routes_and_targets(tmp_path: Path) -> None:
    project = Compose(folder=tmp_path / "compose")
    project.prepare()
    assert project.routes.is_file()
    assert (project.targets / "laptops.json").is_file()


def test_replicas_are_reached_by_the_names_of_their_containers(tmp_path: Path) -> None:
    settings = scaling.settings(Compose(folder=tmp_path), "172.18.0.1", hold=False)
    assert settings.metrics_host == "172.18.0.1"
    addresses = {name: service._address(settings, name, port)(2) for name, port in PORTS.items()}
    assert addresses == {"laptops": "laptop-lab-laptops-3:5000", "port": "laptop-lab-port-3:5001"}


def test_without_docker_it_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match="no docker"):
        Compose().up()


def test_every_engine_has_a_name() -> None:
    assert named("compose") is compose.running
