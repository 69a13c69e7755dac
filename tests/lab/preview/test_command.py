"""`lab dashboards` as a person uses it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import LabError
from lab.paths import ROOT

RECORDING = ROOT / "docs" / "images" / "spike.json.gz"


def test_the_committed_recording_is_drawn_without_a_stack(tmp_path: Path) -> None:
    page = tmp_path / "dashboards.html"

    result = CliRunner().invoke(
        app, ["dashboards", "--replay", str(RECORDING), "--page", str(page)]
    )

    assert result.exit_code == 0
    assert "No load test ran" not in page.read_text()
    assert page.read_text().count("data-figure=") > 50


def test_without_a_stack_or_a_recording_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))

    result = CliRunner().invoke(app, ["dashboards", "--page", str(tmp_path / "page.html")])

    assert isinstance(result.exception, LabError)
    assert "replay a recording" in str(result.exception)
