"""What counts as an assertion that a run of the tests passed by."""

from textwrap import dedent

import pytest
from tests.support.reached import passed_by

SOURCE = dedent("""
    def test_one():
        for each in found():
            assert each
        if found():
            assert True
        return
        assert False

    def test_another():
        assert found()
""")
FIRST, SECOND, THIRD, OTHER = 4, 6, 8, 11


@pytest.mark.parametrize(
    ("ran", "unreached"),
    [
        ({3, FIRST, 5, SECOND, 7}, [THIRD]),
        ({3, 5, SECOND, 7}, [FIRST, THIRD]),
        ({3, 5, 7, OTHER}, [FIRST, SECOND, THIRD]),
        ({3, FIRST, 5, SECOND, THIRD}, []),
        (set(), []),
        ({2, 10}, []),
    ],
    ids=["after a return", "empty loop", "no branch", "all", "nothing ran", "only imported"],
)
def test_an_assertion_counts_once_its_function_began(ran: set[int], unreached: list[int]) -> None:
    assert passed_by(SOURCE, ran) == unreached
