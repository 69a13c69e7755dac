"""Each lock holds what its pyproject.toml asks for and nothing else. No network is needed."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab.paths import ROOT

PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\]+))?", re.MULTILINE)
MEMBERS = {
    tomllib.loads(path.read_text())["project"]["name"]: path
    for pattern in ("services/*", "observability/*", "lab")
    for path in ROOT.glob(f"{pattern}/pyproject.toml")
}
WITHOUT_A_MEMBER = {"build": ["hatchling"], "loadtests": ["locust", "prometheus-client"]}
"""Locks of which the Makefile itself names what is asked for."""


@cache
def metadata(member: str) -> dict[str, Any]:
    return tomllib.loads(MEMBERS[member].read_text())


def asked(lock: str) -> list[str]:
    """Return the requirements that a lock is made from."""
    if lock == "dev":
        groups = [metadata(member).get("dependency-groups", {}) for member in MEMBERS]
        groups.append(tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"])
        return [each for group in groups for listed in group.values() for each in listed] + [
            f"{member}[{','.join(metadata(member)['project'].get('optional-dependencies', {}))}]"
            for member in MEMBERS
        ]
    return WITHOUT_A_MEMBER.get(lock, [f"laptop-lab-{lock}"])


def pins(lock: str) -> dict[str, tuple[str, str]]:
    """Return a lock's packages: version and the marker of where it is installed."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return {
        canonicalize_name(name): (version, marker) for name, version, marker in PIN.findall(text)
    }


def everything(requirements: Iterable[str]) -> list[Requirement]:
    """Return these requirements here, those of what they name, and so on."""
    found: dict[tuple[str, str, frozenset[str]], Requirement] = {}
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        each = waiting.pop()
        key = (canonicalize_name(each.name), str(each.specifier), frozenset(each.extras))
        if key not in found:
            found[key] = each
            waiting += _needs(each)
    return list(found.values())


def _needs(requirement: Requirement) -> Iterator[Requirement]:
    environments = [{"extra": extra} for extra in ("", *requirement.extras)]
    for text in _listed(requirement):
        each = Requirement(text)
        if not each.marker or any(each.marker.evaluate(extra) for extra in environments):
            yield each


def _listed(requirement: Requirement) -> list[str]:
    if requirement.name not in MEMBERS:
        with suppress(PackageNotFoundError):  # then the lock lacks it, which is what is asked here
            return requires(requirement.name) or []
        return []
    project = metadata(requirement.name)["project"]
    extras = project.get("optional-dependencies", {})
    return [*project.get("dependencies", []), *(r for e in requirement.extras for r in extras[e])]


def suits(held: dict[str, tuple[str, str]], requirement: Requirement) -> bool:
    """Whether a lock has a version that a requirement allows."""
    version, _ = held.get(canonicalize_name(requirement.name), ("", ""))
    return bool(version) and requirement.specifier.contains(version, prereleases=True)


LOCKS = sorted(
    path.stem for path in (ROOT / "requirements").glob("*.txt") if path.stem != "bootstrap"
)
STALE = "stale: make lock setup"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_asked_for_in_a_version_that_will_do(lock: str) -> None:
    held = pins(lock)
    outside = (each for each in everything(asked(lock)) if each.name not in MEMBERS)
    assert [str(each) for each in outside if not suits(held, each)] == [], STALE


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_that_nobody_asks_for(lock: str) -> None:
    """What only another platform installs cannot be followed from here, and carries a marker."""
    wanted = {canonicalize_name(each.name) for each in everything(asked(lock))}
    assert {name for name, (_, marker) in pins(lock).items() if not marker} <= wanted, STALE


@pytest.mark.parametrize("lock", sorted({*LOCKS} - {"dev"}))
def test_an_image_gets_the_versions_that_were_tested(lock: str) -> None:
    tested = pins("dev")
    assert {name: pin for name, (pin, _) in pins(lock).items()} == {
        name: tested[name][0] for name in pins(lock)
    }
