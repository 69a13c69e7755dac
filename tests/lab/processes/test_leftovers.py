import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes import leftovers
from lab.processes.process_compose import MARKER


@pytest.fixture
def sleeper() -> Iterator[object]:
    started: list[subprocess.Popen[bytes]] = []

    def start(state: Path, command: str = "exec sleep 60") -> subprocess.Popen[bytes]:
        environment = {**os.environ, MARKER: str(state)}
        started.append(subprocess.Popen(["/bin/sh", "-c", command], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_bears_the_stacks_mark_is_ended(sleeper: object, tmp_path: Path) -> None:
    assert callable(sleeper)
    process = sleeper(tmp_path)
    assert [found.pid for found in leftovers.find(tmp_path)] == [process.pid]
    assert leftovers.end(tmp_path) == 1
    process.wait(timeout=5)
    assert leftovers.find(tmp_path) == []


def test_another_stacks_processes_are_left_alone(sleeper: object, tmp_path: Path) -> None:
    assert callable(sleeper)
    process = sleeper(tmp_path / "other")
    assert leftovers.end(tmp_path / "mine") == 0
    assert process.poll() is None


def test_what_does_not_listen_is_killed(sleeper: object, tmp_path: Path) -> None:
    assert callable(sleeper)
    process = sleeper(tmp_path, "trap '' TERM; echo; while :; do sleep 0.05; done")
    leftovers.end(tmp_path, seconds=0.2)
    process.wait(timeout=5)
