"""Pictures of the page, taken by a headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1440
CHARTS_MILLISECONDS = 8000
"""How long the page's own clock may run until it is photographed."""

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What to photograph: a dashboard as the page's address names it, from its top."""

    name: str
    view: str
    height: int
    dark: bool = False


PICTURES = (
    Picture(name="overview", view="lab-overview", height=1330),
    Picture(name="overview-dark", view="lab-overview", height=1330, dark=True),
    Picture(name="service", view="lab-service-laptops", height=1450),
    Picture(name="scaling", view="lab-scaling", height=1720),
    Picture(name="pipeline", view="lab-pipeline", height=1500),
    Picture(name="load-test", view="lab-load-test", height=1210),
)


def take_all(page: Path, folder: Path) -> None:
    """Write a PNG of each dashboard into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        take(page, picture, folder / f"{picture.name}.png")


def take(page: Path, picture: Picture, target: Path) -> None:
    """Write one PNG; LabError when there is no Chromium or it fails."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            _browser(),
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH},{picture.height}",
            f"--virtual-time-budget={CHARTS_MILLISECONDS}",
            f"--blink-settings=preferredColorScheme={0 if picture.dark else 1}",
            f"--screenshot={target.resolve()}",
            f"file://{page.resolve()}#{picture.view}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode or not target.exists():
        message = f"Chromium took no picture of {picture.view}: {done.stderr.strip()[-400:]}"
        raise LabError(message)


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise LabError("Pictures need Chromium: install the package `chromium`.")
    return found
