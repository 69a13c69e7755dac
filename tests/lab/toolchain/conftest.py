from collections.abc import Callable
from pathlib import Path

import pytest

from lab.toolchain.components import Component

Script = Callable[[str, str], Path]


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is on PATH, beside the system's shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/bin")
    return folder


@pytest.fixture
def script(bin_folder: Path) -> Script:
    """Put a shell script on PATH."""

    def write(name: str, body: str) -> Path:
        path = bin_folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def component(tmp_path: Path) -> Component:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module gadget\n")
    return Component(
        name="gadget",
        version="1.4.0",
        module=module,
        package="example.org/gadget",
        minimum=(1, 3),
        below=(2,),
        names=("gadget", "gadget-next"),
        tags=("small",),
        seconds=10,
    )


class Recorder:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.count = self.done = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def packages(self, count: int) -> None:
        self.count = count

    def compiled(self) -> None:
        self.done += 1


@pytest.fixture
def progress() -> Recorder:
    return Recorder()
