"""Every place where a module can be changed by one step, and the module with that change.

Changed are operators, constants, conditions, what a function returns, and calls that are made for
their effect. Left as they are: annotations, decorators, docstrings, and sentences for people.
"""

import ast
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Edit = Callable[[], None]

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "type_params"}
NEVER_RUN = {"TYPE_CHECKING", "__name__ == '__main__'"}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, order=True)
class Change:
    """One change of a module: the how-manieth, and where."""

    number: int
    statement: int
    """The line at which its statement begins."""
    line: int
    kind: str
    function: str


def changes(source: str) -> list[Change]:
    """Return every change of a module."""
    return [change for change, _ in _all(ast.parse(source))]


def changed(source: str, number: int) -> ast.Module:
    """Return the module with one of its changes made."""
    tree = ast.parse(source)
    next(edit for change, edit in _all(tree) if change.number == number)()
    return ast.fix_missing_locations(tree)


def described(source: str, number: int) -> str:
    """Return the lines that a change takes away and puts in their place."""
    before, after = (ast.unparse(tree) for tree in (ast.parse(source), changed(source, number)))
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    gone, come = ([x[1:].strip() for x in lines[3:] if x.startswith(sign)] for sign in "-+")
    return f"{' '.join(gone)} → {' '.join(come)}"


def _all(tree: ast.Module) -> Iterator[tuple[Change, Edit]]:
    found = ((place, *each) for place in _places(tree) for each in _changes_of(place.node))
    for number, (at, kind, edit) in enumerate(found):
        yield Change(number, at.statement, getattr(at.node, "lineno", 0), kind, at.function), edit


@dataclass(frozen=True)
class _Place:
    """A node, the function or class that it is in, and the line at which its statement begins."""

    node: ast.AST
    function: str = ""
    statement: int = 0

    def inside(self, child: ast.AST) -> "_Place":
        name = [self.node.name] if isinstance(self.node, FUNCTIONS) else []
        statement = child.lineno if isinstance(child, ast.stmt) else self.statement
        return _Place(child, ".".join(filter(None, [self.function, *name])), statement)


def _places(tree: ast.AST) -> Iterator[_Place]:
    """Walk what runs, from top to bottom."""
    waiting = [_Place(tree)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += [place.inside(child) for child in reversed(list(_children(place.node)))]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in SKIPPED_FIELDS and not _left_alone(child):
                yield child


def _left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=test):
            return ast.unparse(test) in NEVER_RUN
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return False


def _changes_of(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    match node:
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp() if type(node.op) in OPERATORS:
            yield "operator", _put(node, "op", OPERATORS[type(node.op)]())
        case ast.Compare():
            swapped = [OPERATORS[type(op)]() for op in node.ops[:1]]
            yield "operator", _put(node, "ops", [*swapped, *node.ops[1:]])
        case ast.UnaryOp(op=ast.Not()):
            yield "operator", _put(node, "operand", _negated(node.operand))
        case ast.Constant() if (other := _other(node.value)) is not None:
            yield "constant", _put(node, "value", other)
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition", _put(node, "test", _negated(node.test))
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield "return", _put(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call", _put(node, "value", ast.Constant(None))


def _put(node: ast.AST, field: str, value: object) -> Edit:
    return lambda: setattr(node, field, value)


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _other(value: object) -> object:
    """Return another constant of the same type, or None for what is left alone."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str() if " " not in value:
            return value + "~"
    return None
