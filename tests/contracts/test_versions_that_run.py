"""docs/docker.md says which versions are pinned and which the tests run; neither may differ."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.compose.standins.versions import versions
from tests.support import postgres

from lab.paths import ROOT
from lab.programs import consul, rabbitmq

ROW = re.compile(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)
TABLE = {
    name: (pinned, run) for name, pinned, run in ROW.findall((ROOT / "docs/docker.md").read_text())
}


def told(*command: str) -> str:
    """Return the first version that a program tells."""
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"\d+(?:\.\d+)+", said)[0]


def of_postgresql() -> str | None:
    folder = postgres.programs()
    return told(str(folder / "postgres"), "--version") if folder else None


def of_rabbitmq() -> str | None:
    folder = rabbitmq.scripts()
    return folder.parent.name.partition("-")[2] if folder else None


def of_consul() -> str | None:
    program: Path | None = consul.program()
    return told(str(program), "version") if program else None


HERE: dict[str, Callable[[], str | None]] = {
    "PostgreSQL": of_postgresql,
    "RabbitMQ": of_rabbitmq,
    "Consul": of_consul,
}
each = pytest.mark.parametrize("name", HERE)


@each
def test_the_document_names_the_pinned_version(name: str) -> None:
    pinned = versions()[f"{name.upper().removesuffix('QL')}_VERSION"]
    assert TABLE[name][0] == pinned.partition("-")[0]


@each
def test_the_document_names_the_version_that_the_tests_run(name: str) -> None:
    here = HERE[name]()
    if here is None:
        pytest.skip(f"{name} is not here")
    assert f"{here}.".startswith(f"{TABLE[name][1]}.")
