"""Reaching a cluster: through a kubectl that the tests write."""

from pathlib import Path

import pytest
from rich.console import Console

from lab.engines import kubernetes
from lab.errors import LabError

FORWARDS = """#!/bin/sh
# Says where each port leads, as kubectl does, and stays: the first forwarded port is 40000.
port=40000
for argument in "$@"; do
  case $argument in :*) echo "Forwarding from 127.0.0.1:$port -> ${argument#:}"
    echo "Forwarding from [::1]:$port -> ${argument#:}"; port=$((port + 1));; esac
done
exec sleep 30
"""
FAILS = """#!/bin/sh
echo 'error: services "gateway" not found' >&2
exit 1
"""


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "kubectl"


def write(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)


def test_every_part_of_the_stack_gets_an_address(kubectl: Path) -> None:
    write(kubectl, FORWARDS)
    with kubernetes.forwarded() as endpoints:
        assert endpoints.laptops == "http://127.0.0.1:40000"
        assert endpoints.port == "http://127.0.0.1:40001"
        assert endpoints.prometheus == "http://127.0.0.1:40000"


def test_a_stack_that_is_not_deployed_is_one_sentence(kubectl: Path) -> None:
    write(kubectl, FAILS)
    with pytest.raises(LabError, match='can\'t be reached: error: services "gateway" not found'):
        kubernetes.forwarded().__enter__()


def test_without_kubectl_it_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match="no kubectl"):
        kubernetes.forwarded().__enter__()


def test_a_clusters_own_scaler_is_not_the_labs_to_switch_off() -> None:
    with pytest.raises(LabError, match="scales by itself"):
        kubernetes.running(Console(), autoscale=False).__enter__()
