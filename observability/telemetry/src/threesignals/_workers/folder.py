"""The folder that a server's workers share: one file for each, and one for those that have gone."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2s
from pathlib import Path

import orjson

from threesignals._workers.families import Families, pack, unpack
from threesignals._workers.server import alive, identity, of_this_namespace

_PAGE, _BELL = ".page", ".bell"
_DEPARTED, _LOCK = "departed", "lock"
# Folders of another container, which cannot be asked whether it lives: its workers write often.
_FORSAKEN_SECONDS = 24 * 3600


def open_folder(server: str, service: str, given: str) -> "Folder":
    """Open, or make, the folder of a service on a server; raises OSError that says why not.

    It is in memory where there is such a place. `given` is where the user wants it instead.
    """
    failures = []
    for place in [given] if given else _places():
        try:
            root = _private(Path(place) / f"threesignals-{os.geteuid()}")
            _sweep(root)
            return Folder(_private(root / f"{server}-{_digest(service)}"))
        except OSError as failure:
            failures.append(str(failure))
    raise OSError("; ".join(failures))


def _digest(service: str) -> str:
    """Shorten a name that may hold anything, so that it is one for a folder."""
    return blake2s(service.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _places() -> list[str]:
    candidates = ["/dev/shm", os.environ.get("XDG_RUNTIME_DIR"), _temporary()]  # noqa: S108
    return [place for place in candidates if place]


def _temporary() -> str | None:
    """Return the folder for temporary files; a container may have none that can be written."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return None


def _private(path: Path) -> Path:
    """Make a folder that only this user can look into, or see that it is one."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    status = path.lstat()
    if path.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(f"{path} is not a private folder of this user")
    return path


def _sweep(root: Path) -> None:
    """Remove what servers have left that are no more."""
    for folder in root.iterdir():
        if _forsaken(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _forsaken(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        if of_this_namespace(folder.name):
            server = "-".join(folder.name.split("-")[1:3])
            workers = [path.stem for path in folder.glob(f"*{_PAGE}")]
            return not any(map(alive, [server, *workers]))
        return time.time() - folder.stat().st_mtime > _FORSAKEN_SECONDS
    return False


class Folder:
    """Files of workers. A page is replaced as a whole, so that a reader never sees half of one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._me = identity(os.getpid())
        self._handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)

    def close(self) -> None:
        """Let the folder go; what is in it stays."""
        os.close(self._handle)

    def bell(self, worker: str | None = None) -> str:
        """Return the address of a worker's socket, short enough for any length of path."""
        return f"/proc/self/fd/{self._handle}/{worker or self._me}{_BELL}"

    def others(self) -> list[str]:
        """Name the workers that have a bell, this one excepted."""
        return [path.stem for path in self._path.glob(f"*{_BELL}") if path.stem != self._me]

    def write(self, page: Families) -> None:
        """Leave this worker's page for the others, and for after its end."""
        self._replace(f"{self._me}{_PAGE}", pack(page))

    def join(self) -> Families:
        """Add up all workers' pages, those of ended ones too, which are then kept in one file."""
        with self._locked():
            departed, folded = self._read_departed()
            ended = [worker for worker in self._workers() if not alive(worker)]
            for worker in ended:
                if worker not in folded:
                    departed.add(self._read(worker), lasting_only=True)
            if ended:
                # Who is in it is written with it: to be stopped before the last step counts nobody
                # twice.
                self._replace(_DEPARTED, orjson.dumps([ended, pack(departed).decode()]))
                self._remove(ended)
            for worker in self._workers():
                departed.add(self._read(worker))
            return departed

    def _workers(self) -> list[str]:
        return sorted(path.stem for path in self._path.glob(f"*{_PAGE}"))

    def _read(self, worker: str) -> Families:
        return unpack((self._path / f"{worker}{_PAGE}").read_bytes())

    def _read_departed(self) -> tuple[Families, list[str]]:
        try:
            folded, page = orjson.loads((self._path / _DEPARTED).read_bytes())
        except FileNotFoundError:
            return Families(), []
        return unpack(page), folded

    def _remove(self, workers: list[str]) -> None:
        for worker in workers:
            for suffix in (_PAGE, _BELL):
                (self._path / f"{worker}{suffix}").unlink(missing_ok=True)

    def _replace(self, name: str, data: bytes) -> None:
        draft = self._path / f"{name}.{self._me}.draft"
        draft.write_bytes(data)
        draft.replace(self._path / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process adds up at a time; the lock of one that is killed is free."""
        with (self._path / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
