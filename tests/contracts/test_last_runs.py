"""The table of what `make test` never runs is what its targets noted."""

import re
import sys
from pathlib import Path

import pytest
from tests.support import ran

from lab.paths import ROOT


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Files in the place of the committed ones."""
    notes, page = tmp_path / "runs.json", tmp_path / "page.md"
    notes.write_text("{}")
    page.write_text(f"before\n{ran.BEGIN}{ran.END}after\n")
    return notes, page


def test_the_table_is_what_was_noted() -> None:
    committed = ran.PAGE.read_text().split(ran.BEGIN)[1].split(ran.END)[0]
    assert committed == ran.table(ran.known())


@pytest.mark.parametrize("name", ran.TARGETS)
def test_a_target_of_the_table_notes_its_runs(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    (recipe,) = re.findall(rf"^{name}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert f"$(NOTED) {name} -- " in recipe


def test_a_run_is_noted_with_its_day_its_end_and_its_last_line(files: tuple[Path, Path]) -> None:
    notes, page = files
    ran.note("bench", ran.Run("2026-01-02", 1.5, 2, False, "1.08"), notes, page)
    ran.note("mutants", ran.Run("2026-01-03", 7.0, 2, True, "noticed: 90 %"), notes, page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "2026-01-02, **failed** in 1.5 min on 2 cores: 1.08 |" in text
    assert "2026-01-03, passed in 7.0 min on 2 cores: noticed: 90 % |" in text
    assert "`make k8s-test`" in text


@pytest.mark.parametrize(("status", "passed"), [(0, True), (3, False)])
def test_a_commands_output_and_status_are_passed_on(
    status: int, passed: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    noted: dict[str, ran.Run] = {}
    monkeypatch.setattr(ran, "note", noted.__setitem__)
    script = f"print('first'); print('== 12 passed =='); print(); raise SystemExit({status})"
    assert ran.main("bench", "--", sys.executable, "-c", script) == status
    assert (noted["bench"].passed, noted["bench"].says) == (passed, "12 passed")
    assert capfd.readouterr().out == "first\n== 12 passed ==\n\n"


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(SystemExit, match="NAME is one of compose-test"):
        ran.main("test", "--", "true")
