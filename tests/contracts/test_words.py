"""One word for one thing: a class of the lab has a name of its own."""

import ast
from collections import Counter

from lab.paths import ROOT

LAB = ROOT / "lab" / "src" / "lab"
OF_EVERY_EXPERIMENT = {"Plan", "Limits", "Evidence", "Verdict", "Story"}
"""Each experiment has its own: docs/architecture.md says what they are."""


def test_a_class_of_the_lab_has_a_name_of_its_own() -> None:
    names = Counter(
        node.name
        for path in LAB.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in names.items() if count > 1} == OF_EVERY_EXPERIMENT
