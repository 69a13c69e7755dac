"""Where the lab finds the checkout's files, and where it keeps its own."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""The checkout. The lab is installed from it in editable mode and runs its configurations."""

OBSERVABILITY = ROOT / "observability"


def state_dir() -> Path:
    """Where a running stack keeps its run files, data and logs: `.lab`, or `LAB_STATE_DIR`."""
    return Path(os.environ.get("LAB_STATE_DIR") or ROOT / ".lab").resolve()


def cache_dir() -> Path:
    """Where built backends stay between checkouts: `$XDG_CACHE_HOME/laptop-lab`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "laptop-lab"
