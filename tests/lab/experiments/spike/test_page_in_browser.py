import re
from pathlib import Path

import pytest
from tests.lab.experiments.spike import a_story, chromium

from lab.experiments.spike.page import page


@pytest.fixture(scope="module")
def html() -> str:
    return page(*a_story.passed())


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_renders_on_a_phone_and_on_a_desk(html: str, tmp_path: Path, width: int) -> None:
    seen = chromium.load(html, tmp_path, width=width)
    measured = seen.measured
    assert seen.console == []
    assert measured["title"] == "Passed: a spike at laptops"
    assert measured["width"] <= width, "the page scrolls sideways"
    assert (measured["sections"], measured["charts"], measured["checks"]) == (8, 1, 25)
    assert len(measured["curves"]) == 8
    assert all(length > 100 for length in measured["curves"])
    assert measured["bars"] == 4


def test_pointing_at_the_chart_reads_out_a_moment(html: str, tmp_path: Path) -> None:
    readout = chromium.load(html, tmp_path, width=1200).measured["readout"]
    pattern = r"1:\d\d · laptops: 100 users, \d+/s, p95 \d+ ms, 5 replicas · port: 10 users, .*"
    assert re.fullmatch(pattern, readout), readout


def test_the_page_follows_the_color_scheme(html: str, tmp_path: Path) -> None:
    light, dark = (
        chromium.load(html, tmp_path, width=1200, scheme=scheme).measured["background"]
        for scheme in (chromium.LIGHT, chromium.DARK)
    )
    assert sum(map(int, re.findall(r"\d+", light))) > 600
    assert sum(map(int, re.findall(r"\d+", dark))) < 150


def test_a_failed_experiment_renders_too(tmp_path: Path) -> None:
    seen = chromium.load(page(*a_story.not_passed()), tmp_path, width=390)
    assert (seen.console, seen.measured["sections"]) == ([], 9)
