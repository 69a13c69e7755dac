"""The folders import downwards only: whoever reads one needs only what lies below it."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from lab.paths import ROOT

PACKAGES = {
    path.name: path
    for src in (
        *ROOT.glob("services/*/src"),
        *ROOT.glob("observability/*/src"),
        ROOT / "lab" / "src",
    )
    for path in src.iterdir()
    if (path / "__init__.py").exists()
}
LAB = ROOT / "lab" / "src" / "lab"
LAZY_ON_PURPOSE = {
    "chassis/consul.py": "a service without Consul starts without its client",
}
"""Imports inside a function that save a start, and why. None of them hides a ring."""
FLAT = {"threesignals"}
"""Packages of one floor: what is private in them has a leading underscore instead."""


def rooms(package: str) -> dict[str, set[str]]:
    """Return each folder of a package with the folders it imports, annotations' imports too.

    A module at the top of the package is a room of its own.
    """
    graph: dict[str, set[str]] = {}
    for path in sorted(PACKAGES[package].rglob("*.py")):
        room = _room(_module(path))
        found = {_room(module) for module in _imported(path) if _known(module)}
        graph.setdefault(room, set()).update(found - {room})
    return graph


def top(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Join the folders within each folder at the top."""
    joined: dict[str, set[str]] = {}
    for room, below in graph.items():
        joined.setdefault(_top(room), set()).update({_top(each) for each in below} - {_top(room)})
    return joined


def _top(room: str) -> str:
    return ".".join(room.split(".")[:2])


def _module(path: Path) -> str:
    package = next(root for root in PACKAGES.values() if root in path.parents)
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    path = PACKAGES[module.partition(".")[0]].parent.joinpath(*module.split("."))
    at_the_top = module.count(".") == 1
    return module if path.is_dir() or at_the_top else module.rpartition(".")[0]


@cache
def _modules() -> frozenset[str]:
    return frozenset(_module(path) for root in PACKAGES.values() for path in root.rglob("*.py"))


def _known(module: str) -> bool:
    return module in _modules()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports relatively"
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if _known(whole) else node.module


def _hidden(path: Path) -> list[int]:
    """Return the lines at which a function imports one of this project's packages."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in PACKAGES)
        or (isinstance(node, ast.Import) and node.names[0].name.partition(".")[0] in PACKAGES)
    ]


@pytest.mark.parametrize("package", sorted(PACKAGES.keys() - FLAT))
def test_no_ring_stands_between_the_folders_of_a_package(package: str) -> None:
    graph = rooms(package)
    for each in (graph, top(graph)):
        try:
            TopologicalSorter(each).prepare()
        except CycleError as ring:
            pytest.fail(" → ".join(ring.args[1]))


def test_the_architecture_lists_the_folders_of_the_lab_from_the_top_down() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("### The floors of `lab`") : text.index("## One request")]
    listed = re.findall(r"^\| `(\w+)` \|", table, flags=re.M)
    graph = {room.removeprefix("lab."): below for room, below in top(rooms("lab")).items()}
    assert set(listed) == {path.parent.name for path in LAB.glob("*/__init__.py")}
    for index, room in enumerate(listed):
        above = {f"lab.{each}" for each in listed[:index]}
        assert graph[room] & above == set(), room


def test_no_ring_stands_between_the_packages() -> None:
    graph = {
        name: {
            module.partition(".")[0]
            for path in root.rglob("*.py")
            for module in _imported(path)
            if _known(module)
        }
        - {name}
        for name, root in PACKAGES.items()
    }
    TopologicalSorter(graph).prepare()
    assert "lab" not in {below for each in graph.values() for below in each}


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_import_hides_in_a_function(package: str) -> None:
    root = PACKAGES[package]
    for path in root.rglob("*.py"):
        if str(path.relative_to(root.parent)) not in LAZY_ON_PURPOSE:
            assert _hidden(path) == [], path


def test_a_ring_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "house"
    for room, imports in (("up", "house.down.a"), ("down", "house.up.a")):
        (root / room).mkdir(parents=True)
        (root / room / "__init__.py").touch()
        (root / room / "a.py").write_text(f"def f():\n    import {imports}\n")
    monkeypatch.setitem(PACKAGES, "house", root)
    _modules.cache_clear()
    try:
        assert rooms("house") == {"house.up": {"house.down"}, "house.down": {"house.up"}}
        assert _hidden(root / "up" / "a.py") == [2]
    finally:
        _modules.cache_clear()


def test_consulkit_knows_nothing_of_this_project() -> None:
    for path in PACKAGES["consulkit"].rglob("*.py"):
        assert not re.search(r"supplier|fault_|laptop|traefik", path.read_text(), re.IGNORECASE), (
            path
        )


def test_an_experiment_imports_nothing_of_another() -> None:
    graph = rooms("lab")
    shared = {"lab.experiments", "lab.experiments.measure"}
    own = {room for room in graph if room.startswith("lab.experiments.")} - shared
    for room in own:
        assert graph[room] & own <= {room}
