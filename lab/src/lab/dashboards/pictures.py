"""Pictures of the page, taken by a headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from lab.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1440
CHARTS_MILLISECONDS = 8000
"""How long the page's own clock may run until it is photographed."""


def take(page: Path, view: str, target: Path, *, height: int = 1100, dark: bool = False) -> None:
    """Write a PNG of one dashboard, named as in the page's address (`lab-overview`)."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            _browser(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH},{height}",
            f"--virtual-time-budget={CHARTS_MILLISECONDS}",
            f"--screenshot={target.resolve()}",
            *(["--force-dark-mode"] if dark else []),
            f"file://{page.resolve()}#{view}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode or not target.exists():
        message = f"Chromium took no picture of {view}: {done.stderr.strip()[-400:]}"
        raise LabError(message)


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise LabError("Pictures need Chromium: install the package `chromium`.")
    return found
