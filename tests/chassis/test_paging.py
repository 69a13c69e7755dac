import re

import pytest

from chassis.paging import link_header


def test_the_last_page_has_no_link() -> None:
    assert link_header("/port", limit=2, next_after=None) == {}


def test_a_link_leads_to_the_items_after_the_last_one() -> None:
    assert link_header("/port", limit=2, next_after=7) == {
        "Link": '</port?limit=2&after=7>; rel="next"'
    }


@pytest.mark.parametrize("ids", [(1,), (1, 2)])
def test_a_link_keeps_the_filters(ids: tuple[int, ...]) -> None:
    link = link_header("/port", limit=2, next_after=7, filters=[("id", i) for i in ids])["Link"]

    assert re.findall(r"id=(\d)", link) == [str(i) for i in ids]
