"""The services' images, made and looked at."""

import json
import subprocess
from typing import Any

import pytest
from tests.compose.standins.versions import versions

SERVICES = ("laptops", "port")
ADDED_MEGABYTES = 60
TOOLS = ("gcc", "cc", "make", "strip", "uv")

each = pytest.mark.parametrize("service", SERVICES)


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def image(service: str) -> str:
    return f"laptop-lab/{service}:{versions()['LAPTOP_LAB_VERSION']}"


def inspect(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("image", "inspect", name))[0]
    return found


@each
def test_an_image_adds_at_most_60_megabytes_to_its_base(service: str) -> None:
    base = f"python:{versions()['PYTHON_VERSION']}-slim-bookworm"
    added = inspect(image(service))["Size"] - inspect(base)["Size"]
    assert added / 1e6 <= ADDED_MEGABYTES


@each
def test_there_is_nothing_to_build_with_inside(service: str) -> None:
    script = f"command -v {' '.join(TOOLS)}; ls /opt/venv/bin"
    found = docker("run", "--rm", "--entrypoint", "sh", image(service), "-c", f"{script}; true")
    assert not {line.rpartition("/")[2] for line in found.splitlines()} & {*TOOLS, "pip"}


@each
def test_a_replica_serves_from_a_read_only_root_and_leaves_with_0(service: str) -> None:
    flags = ["--read-only", "--cap-drop=ALL", "--tmpfs=/tmp", "--tmpfs=/data:uid=10001"]
    flags += ["--env=DRAIN_SECONDS=0", f"--env=DATABASE_URL=sqlite:////data/{service}.db"]
    name = docker("run", "--detach", *flags, image(service)).strip()
    try:
        assert _becomes(name, "healthy")
        docker("stop", "--time=20", name)
        assert json.loads(docker("inspect", name))[0]["State"]["ExitCode"] == 0
    finally:
        docker("rm", "--force", name)


def _becomes(name: str, health: str) -> bool:
    template = "{{.State.Health.Status}}"
    for _ in range(300):
        if docker("inspect", "--format", template, name).strip() == health:
            return True
        subprocess.run(["sleep", "0.1"], check=True)
    return False
