"""Build a component from its pinned Go module, telling progress package by package."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from lab.errors import LabError
from lab.toolchain.components import FLAGS, Component

GO_ADVICE = "Install Go 1.26 or newer from https://go.dev/dl/ and try again."


class Progress(Protocol):
    """What a build reports while it runs."""

    def note(self, text: str) -> None:
        """Report what goes on now, for example which module is downloaded."""

    def packages(self, count: int) -> None:
        """Report how many packages are to be compiled."""

    def compiled(self) -> None:
        """Count one compiled package."""


def build(component: Component, binary: Path, progress: Progress) -> None:
    """Compile `component` to the file `binary`. Raises LabError when Go or the build fails."""
    require_go(component)
    progress.note("reading the module")
    progress.packages(_stale_packages(component, progress))

    def on_line(line: str) -> None:
        if re.fullmatch(
            r"[\w.~/-]+", line
        ):  # `go build -v` prints one import path for each package
            progress.compiled()

    _go(
        component,
        ["build", "-v", *_options(component), "-o", str(binary), component.package],
        on_line,
    )


def require_go(component: Component) -> None:
    """Raise LabError, with what to do, when `go` is missing or can't build this module."""
    try:
        found = subprocess.run(
            ["go", "env", "GOVERSION"],
            cwd=component.module,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise LabError(
            f"{component.name} is not on PATH and Go, which builds it, is missing. {GO_ADVICE}"
        ) from None
    if found.returncode != 0:
        reason = (found.stderr.strip().splitlines() or ["go does not run"])[-1]
        raise LabError(
            f"Go can't build {component.name}: {reason.removeprefix('go: ')}. {GO_ADVICE}"
        )


def _stale_packages(component: Component, progress: Progress) -> int:
    """How many packages Go has still to compile; downloads the modules on the way."""
    template = "{{if .Stale}}{{.ImportPath}}{{end}}"
    listing = _go(
        component,
        ["list", "-deps", *_options(component), "-f", template, component.package],
        lambda line: progress.note(line.removeprefix("go: ")),
    )
    return len(listing.split())


def _options(component: Component) -> list[str]:
    tags = ["-tags", ",".join(component.tags)] if component.tags else []
    return ["-mod=readonly", *FLAGS, *tags]


def _environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def _go(component: Component, arguments: list[str], on_line: Callable[[str], None]) -> str:
    """Run a go command in the component's module; give stderr to `on_line`, return stdout."""
    lines: list[str] = []
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            ["go", *arguments],
            cwd=component.module,
            env=_environment(),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            for line in process.stderr or ():
                lines.append(line.rstrip())
                on_line(lines[-1])
        except BaseException:
            process.terminate()
            raise
        if process.wait() != 0:
            raise LabError(f"Building {component.name} failed: " + "\n  ".join(lines[-8:]))
        output.seek(0)
        return output.read()
