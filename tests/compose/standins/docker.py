"""The few things that are asked of the Docker engine."""

import subprocess
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

Files = Mapping[str, Path]
"""Path inside an image → file on this machine."""


def exists(image: str) -> bool:
    """Whether the engine has an image of this name."""
    inspect = ["docker", "image", "inspect", image]
    return subprocess.run(inspect, capture_output=True, check=False).returncode == 0


def pulled(image: str) -> bool:
    """Try to pull an image; tell whether that worked."""
    pull = ["docker", "pull", "--quiet", image]
    try:
        return subprocess.run(pull, capture_output=True, timeout=300, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def answers(*, seconds: float = 0) -> bool:
    """Whether an engine answers, now or within `seconds`."""
    deadline = time.monotonic() + seconds
    while not _succeeds("docker", "version"):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.5)
    return True


def has_compose() -> bool:
    """Whether Docker knows its compose plug-in."""
    return _succeeds("docker", "compose", "version")


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def import_folder(folder: Path, image: str, changes: Iterable[str]) -> None:
    """Make an image of one layer from a root file system."""
    tar = ["tar", "--directory", str(folder), "--create", "--one-file-system", "."]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as process:
        _import(process.stdout, image, changes)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, tar)


def import_files(
    files: Files, image: str, changes: Iterable[str], *, owned: Mapping[str, int] | None = None
) -> None:
    """Make an image of executables; `owned` are empty folders with their owner's user id."""
    command = _import_command(image, changes)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        with tarfile.open(fileobj=process.stdin, mode="w|") as archive:
            for name, uid in {"tmp": 0, **(owned or {})}.items():
                archive.addfile(_folder(name, uid))
            for name, path in files.items():
                archive.add(path.resolve(), arcname=name)
        process.stdin.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _folder(name: str, uid: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, 0o1777, uid, uid
    return info


def _import(stream: IO[bytes] | None, image: str, changes: Iterable[str]) -> None:
    subprocess.run(
        _import_command(image, changes), stdin=stream, stdout=subprocess.DEVNULL, check=True
    )


def _import_command(image: str, changes: Iterable[str]) -> list[str]:
    flags = [flag for change in changes for flag in ("--change", change)]
    return ["docker", "import", *flags, "-", image]
