import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lab.experiments.spike import a_story

from lab.commands.experiment import render
from lab.errors import LabError
from lab.experiments.spike.page import headline, journey, page, value_at
from lab.experiments.spike.story import Story
from lab.experiments.spike.verdict import Verdict
from lab.report import folder
from lab.report.model import Replicas


@pytest.fixture(scope="module")
def passed() -> tuple[Verdict, Story]:
    return a_story.passed()


def test_the_page_needs_nothing_from_elsewhere(passed: tuple[Verdict, Story]) -> None:
    html = page(*passed)
    assert re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']+)""", html) == []
    assert not re.search(r"https?://", html)
    assert len(html) < 300_000


def test_the_headline_says_what_came_out(passed: tuple[Verdict, Story]) -> None:
    assert headline(passed[0]) == "laptops went from 1 to 5 replicas and back; port did not notice"
    failed, _ = a_story.not_passed()
    assert headline(failed) == "laptops stayed at 1 replica; 4 of 25 checks failed"


def test_data_cannot_become_markup(passed: tuple[Verdict, Story]) -> None:
    verdict, story = passed
    evil = story.slowest[0].model_copy(update={"error": "<script>alert(1)</script>"})
    html = page(verdict, story.model_copy(update={"failed": [evil]}))
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("counts", "words"),
    [([], "-"), ([1], "1"), ([1, 2, 4, 5, 1], "1 → 5 → 1"), ([1, 2, 5], "1 → 5")],
)
def test_replicas_are_told_as_a_journey(counts: list[int], words: str) -> None:
    steps = [Replicas(seconds=index, replicas=count) for index, count in enumerate(counts)]
    assert journey(steps) == words


def test_a_table_cell_holds_the_last_value_before_it() -> None:
    assert value_at([(0, 1.0), (6, 2.0)], 5) == 1.0
    assert value_at([(3, 1.0)], 2) is None


def test_a_report_is_written_found_and_rendered_again(
    tmp_path: Path, passed: tuple[Verdict, Story]
) -> None:
    written = folder.create("spike-laptops", tmp_path, datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    written.write(*passed)
    render(written)
    folder.point_latest(written)
    found = folder.latest(tmp_path)
    assert found.path.name == "20260304T050607Z-spike-laptops"
    before = found.page.read_text(encoding="utf-8")
    found.page.unlink()
    assert render(found).read_text(encoding="utf-8") == before


def test_latest_moves_to_the_newer_report(tmp_path: Path, passed: tuple[Verdict, Story]) -> None:
    for hour in (1, 2):
        moment = datetime(2026, 3, 4, hour, tzinfo=UTC)
        written = folder.create("spike-port", tmp_path, moment)
        written.write(*passed)
        folder.point_latest(written)
    assert folder.latest(tmp_path).path.name.startswith("20260304T02")


def test_without_a_report_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no report yet"):
        folder.latest(tmp_path)
