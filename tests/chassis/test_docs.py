import re

import pytest

from chassis import docs


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert not re.search(r"(https?:)?//\w", docs.page("laptops"))


@pytest.mark.parametrize("name", docs.ASSETS)
def test_the_page_uses_every_asset_and_each_is_there(name: str) -> None:
    found = docs.asset(name)

    assert f"/docs/{name}" in docs.page("laptops")
    assert found is not None
    assert len(found[0]) > 10_000


def test_no_other_file_can_be_read() -> None:
    assert docs.asset("../../__init__.py") is None


def test_a_title_is_no_markup() -> None:
    assert "<script>" not in docs.page("<script>").partition("</title>")[0]
