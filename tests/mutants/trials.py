"""Try changes: each in a process of its own, with the tests that reach its line."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest
from tests.mutants.changes import Change, changes, described
from tests.mutants.parts import Part
from tests.mutants.watch import BETWEEN

from lab.paths import ROOT

SECONDS = 120.0
"""A change that makes its tests take longer than this has been noticed."""

SAID = {*range(pytest.ExitCode.USAGE_ERROR)}
"""Passed, failed, a module that can't be imported any more, a change that breaks pytest itself."""

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
Lines = dict[str, list[str]]
Reached = dict[str, Lines]


class Outcome(StrEnum):
    """What the tests said to a change."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNREACHED = "reached by no test"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    part: Part
    module: str
    path: Path
    change: Change

    def __str__(self) -> str:
        place = f"{self.path.relative_to(ROOT)}:{self.change.line}"
        return f"{place} {self.change.function}: {self.text}"

    @property
    def text(self) -> str:
        """The code before and after."""
        return described(self.path.read_text(), self.change.number)

    @property
    def key(self) -> tuple[str, str, str]:
        """How it is named in the list of equivalents."""
        return self.module, self.change.function, self.text


def mutants(part: Part) -> list[Mutant]:
    """Return every change of a part."""
    return [
        Mutant(part, module, path, change)
        for module, path in part.modules().items()
        for change in changes(path.read_text())
    ]


def reached(part: Part) -> Reached:
    """Run a part's tests; return which of them reach each line. Raises SystemExit if none runs."""
    with tempfile.NamedTemporaryFile(suffix=".json") as written:
        watch = [sys.executable, "-m", "tests.mutants.watch", str(part.source / part.folder)]
        ran = subprocess.run(
            [*watch, written.name, *part.tests], capture_output=True, text=True, check=False
        )
        if ran.returncode not in SAID:
            raise SystemExit(f"The tests of {part.name} do not run:\n{ran.stdout[-3000:]}")
        if failing := [line for line in ran.stdout.splitlines() if line.startswith("FAILED")]:
            print("Left out, as they fail without any change:", *failing, sep="\n  ")
        found: Reached = json.loads(Path(written.name).read_text())
        return found


def outcome(mutant: Mutant, reached: Reached) -> Outcome:
    """Try a change."""
    if mutant.key in equivalents():
        return Outcome.EQUIVALENT
    tests = tests_of(mutant.change, reached.get(str(mutant.path), {}))
    if not tests:
        return Outcome.UNREACHED
    return Outcome.SURVIVED if _passes(mutant, tests) else Outcome.NOTICED


@cache
def equivalents() -> set[tuple[str, str, str]]:
    """Return the changes that are known to change nothing."""
    listed = tomllib.loads(EQUIVALENT.read_text()).get("change", [])
    return {(each["module"], each["function"], each["text"]) for each in listed}


def tests_of(change: Change, lines: Lines) -> list[str]:
    """Return the tests that reach a change; what runs on import, all that reach its module."""
    found = {test for line in (change.line, change.statement) for test in lines.get(str(line), [])}
    if BETWEEN in found:
        found |= {test for tests in lines.values() for test in tests}
    return sorted(found - {BETWEEN})


def _passes(mutant: Mutant, tests: list[str]) -> bool:
    arguments = [mutant.module, str(mutant.path), str(mutant.change.number), *tests]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mutants.trial", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)
    if status not in SAID:
        raise RuntimeError(f"The tests did not run on {mutant}: pytest ended with {status}")
    return status == pytest.ExitCode.OK


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind of a test that a change has made hang."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
