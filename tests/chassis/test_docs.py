import re
from pathlib import Path

import pytest

from chassis.docs import SCRIPT, STYLE, Assets, page


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / STYLE).write_text("body {}")
    (tmp_path / SCRIPT).write_text("run()")
    (tmp_path / "secret.txt").write_text("secret")
    return Assets(tmp_path)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert not re.search(r"(https?:)?//\w", page("laptops"))


def test_the_page_loads_its_assets_from_beside_it() -> None:
    assert set(re.findall(r'"/docs/([^"]+)"', page("laptops"))) == {STYLE, SCRIPT}


def test_an_asset_comes_with_its_media_type(assets: Assets) -> None:
    assert assets.read(STYLE) == (b"body {}", "text/css")


@pytest.mark.parametrize("name", ["secret.txt", "../secret.txt", ""])
def test_no_other_file_can_be_read(assets: Assets, name: str) -> None:
    assert assets.read(name) is None


def test_a_title_is_no_markup() -> None:
    assert "<script>" not in page("<script>").partition("</title>")[0]
