"""The cache of built programs: one folder for each component and build, written atomically."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.paths import cache_dir
from lab.toolchain.components import Component
from lab.toolchain.golang import Progress, build


def cached(component: Component) -> Path | None:
    """Return the component's binary in the cache, or None."""
    binary = _binary(component)
    return binary if os.access(binary, os.X_OK) else None


def build_into_cache(component: Component, progress: Progress) -> Path:
    """Build the component into the cache and return its binary.

    Of several builders one builds and the others wait, then take its result. A build that fails
    or is interrupted leaves nothing behind.
    """
    binary = _binary(component)
    binary.parent.mkdir(parents=True, exist_ok=True)
    with _locked(binary.parent / ".lock", progress):
        if found := cached(component):
            return found
        with tempfile.TemporaryDirectory(dir=binary.parent, prefix=".build-") as folder:
            unfinished = Path(folder) / binary.name
            build(component, unfinished, progress)
            unfinished.replace(binary)
    return binary


def _binary(component: Component) -> Path:
    return cache_dir() / component.name / component.key / component.name


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    """Hold an exclusive lock that the kernel lets go of when this process dies."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note("waiting for another build of it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
