"""`lab break` and `lab fix` as a person uses them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import LabError
from lab.faults.catalog import FAULTS


def test_without_a_name_every_fault_is_listed_with_what_it_simulates() -> None:
    output = CliRunner().invoke(app, ["break"]).output

    for fault in FAULTS.values():
        assert f"{fault.name} {fault.simulates}" in output


@pytest.mark.parametrize("command", [["break", "port-down"], ["fix"]])
def test_without_a_stack_there_is_nothing_to_break(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))

    result = CliRunner().invoke(app, command)

    assert isinstance(result.exception, LabError)
    assert "Start one with `lab up`" in str(result.exception)
