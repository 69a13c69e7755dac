"""Which metrics and labels a PromQL expression names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import promql_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = re.compile(r"\$\{?(__rate_interval|__interval|\w+)\}?")
STAND_INS = {"__rate_interval": "20s", "__interval": "5s"}

GENERATED = {"__name__", "le"}
"""Labels that every classic histogram or series has."""


def parse(expression: str) -> Any:  # noqa: ANN401 - the parser's own tree
    """Parse an expression in which Grafana's variables may stand; raise ValueError with why not."""
    filled = VARIABLE.sub(lambda found: STAND_INS.get(found[1], "x"), expression)
    return promql_parser.parse(filled)


def metrics(expression: str) -> set[str]:
    """Return the names of the metrics."""
    return {node.name for node in _selectors(parse(expression))}


def labels(expression: str) -> set[str]:
    """Return the labels that are matched, grouped by or joined on, without the generated ones."""
    tree = parse(expression)
    matched = {each.name for node in _selectors(tree) for each in node.matchers.matchers}
    grouped = {label for node in _walk(tree) for label in _modifier_labels(node)}
    return (matched | grouped) - GENERATED


def _selectors(tree: object) -> Iterator[Any]:
    for node in _walk(tree):
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        if isinstance(node, promql_parser.MatrixSelector):
            yield getattr(node, "vector_selector", None) or node.vs


def _walk(node: object) -> Iterator[Any]:
    yield node
    for name in ("lhs", "rhs", "expr", "param"):
        child = getattr(node, name, None)
        if isinstance(child, promql_parser.Expr):
            yield from _walk(child)
    for child in getattr(node, "args", None) or []:
        yield from _walk(child)


def _modifier_labels(node: object) -> Iterator[str]:
    modifier = getattr(node, "modifier", None)
    for name in ("labels", "matching"):
        found = getattr(modifier, name, None)
        yield from getattr(found, "labels", found) or []
