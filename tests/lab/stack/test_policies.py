"""Policies are refused before a stack starts, not after."""

from pathlib import Path

import pytest

from lab.autoscaler.scaledobject import PolicyError
from lab.stack import policies


def test_the_repositorys_policies_can_be_followed() -> None:
    policies.require()
    assert [file.name.split("-")[0] for file in policies.files()] == ["laptops", "port"]


def test_workers_come_with_policies_of_their_own() -> None:
    policies.require(["rabbitmq", "consul"])
    names = [file.name.removesuffix("-scaledobject.yaml") for file in policies.files(["rabbitmq"])]
    assert names == ["laptops", "port", "laptops-worker", "port-worker"]


def test_more_replicas_than_there_are_ports_are_refused(tmp_path: Path) -> None:
    (file,) = (file for file in policies.files() if file.name.startswith("laptops"))
    changed = tmp_path / file.name
    changed.write_text(file.read_text().replace("maxReplicaCount: 8", "maxReplicaCount: 9"))
    with pytest.raises(PolicyError, match=r"spec\.maxReplicaCount is 9, .* 8 replicas"):
        policies.require(folder=tmp_path)
