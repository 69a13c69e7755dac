"""A real PostgreSQL for tests: Debian's, on loopback, in a temporary folder, as an ordinary user.

`tests/support/install-debian-packages.sh` installs it where it is missing.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.processes import free_port

SEARCH = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
CLUSTER = ["-U", "lab", "-A", "trust", "-E", "UTF8", "--no-sync"]
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, or None if this machine has none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else SEARCH
    return found[0] if found else None


def ordinary_user() -> str | None:
    """Whom to run as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Server:
    """A server in `home`, which belongs to `user`; `url` needs a database's name at its end."""

    def __init__(self, folder: Path, home: Path, user: str | None) -> None:
        self._folder, self._home = folder, home
        self._port = free_port()
        self._run = partial(
            subprocess.run, cwd=home, user=user, check=True, stdout=subprocess.DEVNULL
        )
        self.url = f"postgresql+psycopg://lab@127.0.0.1:{self._port}/"

    def initialise(self) -> None:
        """Make an empty cluster."""
        self._run([self._folder / "initdb", "-D", self._home / "data", *CLUSTER])

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        listen = f"-p {self._port} -h 127.0.0.1 -k {self._home}"
        self._control("-o", " ".join([listen, *(f"-c {setting}" for setting in FAST)]), "start")

    def stop(self) -> None:
        """Stop, and end every session."""
        self._control("-m", "fast", "stop")

    def _control(self, *arguments: str) -> None:
        files = ["-D", self._home / "data", "-l", self._home / "log"]
        self._run([self._folder / "pg_ctl", *files, "-w", *arguments])


@contextmanager
def server() -> Iterator[Server]:
    """A running server with no data."""
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed"
    user = ordinary_user()
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        if user:
            shutil.chown(name, user)
        running = Server(folder, Path(name), user)
        running.initialise()
        running.start()
        try:
            yield running
        finally:
            running.stop()
