"""A folder that belongs to this user alone: who could write to it could answer in our place."""

import os
import stat
import tempfile
from pathlib import Path

from lab.errors import LabError


def folder() -> Path:
    """Return a folder with a short path: the session's own, else one of ours. Raises LabError."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and _is_ours(Path(given)):
        return Path(given)
    ours = Path(tempfile.gettempdir()) / f"laptop-lab-{os.getuid()}"
    ours.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(ours):
        raise LabError(f"{ours} is not yours alone. Remove it, or set XDG_RUNTIME_DIR.")
    return ours


def _is_ours(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    others = stat.S_IRWXG | stat.S_IRWXO
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
    )
