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


@contextmanager
def server() -> Iterator[str]:
    """A server with no data; give its address, to which a database's name is appended."""
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed"
    user = ordinary_user()
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        if user:
            shutil.chown(home, user)
        data, port = home / "data", free_port()
        run = partial(subprocess.run, cwd=home, user=user, check=True, stdout=subprocess.DEVNULL)
        run([folder / "initdb", "-D", data, "-U", "lab", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = " ".join(
            [f"-p {port} -h 127.0.0.1 -k {home}", *(f"-c {setting}" for setting in FAST)]
        )
        control = [folder / "pg_ctl", "-D", data, "-l", home / "log", "-w"]
        run([*control, "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://lab@127.0.0.1:{port}/"
        finally:
            run([*control, "-m", "immediate", "stop"])
