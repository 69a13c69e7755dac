"""What is changed in a module, and what is left alone."""

import ast

import pytest
from tests.mutants.changes import changed, changes, described

SOURCES = {
    "x = a + b": ["x = a + b → x = a - b"],
    "x = a and b": ["x = a and b → x = a or b"],
    "x = a < b": ["x = a < b → x = a <= b"],
    "x = a not in b": ["x = a not in b → x = a in b"],
    "x = not a": ["x = not a → x = not not a"],
    "x += 1": ["x += 1 → x -= 1", "x += 1 → x += 2"],
    "x = True": ["x = True → x = False"],
    "x = 0.5": ["x = 0.5 → x = 1.5"],
    "x = 'key'": ["x = 'key' → x = 'key~'"],
    "while a:\n    pass": ["while a: → while not a:"],
    "def f():\n    return a": ["return a → return None"],
    "def f():\n    a()": ["a() → None"],
    "x = a if b else c": ["x = a if b else c → x = a if not b else c"],
}
LEFT_ALONE = [
    "import a",
    '"""A sentence."""',
    "x = 'a sentence for a person'",
    "x: Literal['a']",
    "@decorated(1)\ndef f(a: int = ...) -> Literal[1]: pass",
    "if TYPE_CHECKING:\n    x = 1",
    "if __name__ == '__main__':\n    main()",
    "def f():\n    return None",
    "def f():\n    return",
]


@pytest.mark.parametrize(("source", "expected"), SOURCES.items(), ids=list(SOURCES))
def test_each_kind_of_change_is_made(source: str, expected: list[str]) -> None:
    assert [described(source, change.number) for change in changes(source)] == expected


@pytest.mark.parametrize("source", LEFT_ALONE)
def test_what_does_not_run_or_is_for_people_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_a_change_leaves_the_rest_as_it_is_and_knows_its_place() -> None:
    source = "class C:\n\n    def f(self):\n        x = g(\n            1,\n            2)"
    second = changes(source)[1]
    assert (second.function, second.statement, second.line) == ("C.f", 4, 6)
    assert ast.unparse(changed(source, second.number)) == source.replace(
        "g(\n            1,\n            2)", "g(1, 3)"
    )
