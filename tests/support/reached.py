"""An assertion that was never reached has proven nothing: `python -m tests.support.reached`.

It catches what passes on nothing found: a loop over an empty list, a branch that is never taken,
an early return. It reads what `coverage` recorded of a run of the tests, and leaves out files that
were not run and tests of which nothing ran, as those for Docker.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from coverage import CoverageData

Lines = set[int]


def main() -> int:
    """Name every assertion that was passed by; return 1 if there is one."""
    data = CoverageData()
    data.read()
    unreached = [
        f"{Path(name).relative_to(Path.cwd())}:{line}"
        for name in sorted(data.measured_files())
        for line in passed_by(Path(name).read_text(), set(data.lines(name) or ()))
    ]
    if unreached:
        print("Assertions that were never reached:", *unreached, sep="\n  ")
    return bool(unreached)


def passed_by(source: str, ran: Lines) -> list[int]:
    """Return the lines of the assertions that did not run though their function did."""
    asserted = ((line, function) for function in _functions(source) for line in _asserts(function))
    return sorted(
        {line for line, function in asserted if line not in ran and _began(function, ran)}
    )


def _functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(ast.parse(source))
    return (each for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def _asserts(function: ast.AST) -> Iterator[int]:
    return (node.lineno for node in ast.walk(function) if isinstance(node, ast.Assert))


def _began(function: ast.FunctionDef | ast.AsyncFunctionDef, ran: Lines) -> bool:
    body = (line for each in function.body for line in range(each.lineno, _end(each) + 1))
    return any(line in ran for line in body)


def _end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


if __name__ == "__main__":
    sys.exit(main())
