"""How outcomes are counted, and what the list of equivalents may hold."""

import tomllib
from pathlib import Path

from tests.mutants import trials
from tests.mutants.__main__ import noticed, table
from tests.mutants.changes import changes
from tests.mutants.parts import PARTS
from tests.mutants.trials import Mutant, Outcome

MODULES = {name: path for part in PARTS for name, path in part.modules().items()}
LISTED = tomllib.loads(trials.EQUIVALENT.read_text()).get("change", [])


def mutants(count: int) -> list[Mutant]:
    part = PARTS[0]
    return [
        Mutant(part, "module", Path("module.py"), change)
        for change in changes("\n".join(f"x = {number}" for number in range(count)))
    ]


def test_what_changes_nothing_counts_neither_way() -> None:
    kinds = [Outcome.NOTICED, Outcome.NOTICED, Outcome.NOTICED, Outcome.SURVIVED]
    found = dict(zip(mutants(5), [*kinds, Outcome.EQUIVALENT], strict=True))
    assert noticed(found) == 0.75
    assert table(found)[-2] == "| together | 3 | 1 | 0 | 1 |"


def test_what_no_test_reaches_has_not_been_noticed() -> None:
    assert noticed({mutants(1)[0]: Outcome.UNREACHED}) == 0


def test_every_equivalent_has_a_reason_and_can_still_be_made() -> None:
    for each in LISTED:
        assert each["reason"].endswith("."), each
        path = MODULES[each["module"]]
        made = (
            Mutant(PARTS[0], each["module"], path, change).text
            for change in changes(path.read_text())
            if change.function == each["function"]
        )
        assert each["text"] in made, each


def test_a_change_is_tried_on_the_tests_that_reach_it_and_on_import_on_all() -> None:
    (change,) = changes("\n\nx = 1")
    assert trials.tests_of(change, {"3": ["a"], "9": ["b"]}) == ["a"]
    assert trials.tests_of(change, {"3": [""], "9": ["b", ""]}) == ["b"]
    assert trials.tests_of(change, {"9": ["b"]}) == []
