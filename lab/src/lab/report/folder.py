"""Where a report lies: a folder for each experiment, and `latest` that points at the newest."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.errors import LabError
from lab.paths import ROOT
from lab.report.model import AnyVerdict, Model


def reports_dir() -> Path:
    """Where all reports are: `reports`, or `LAB_REPORTS_DIR`."""
    return Path(os.environ.get("LAB_REPORTS_DIR") or ROOT / "reports").resolve()


@dataclass(frozen=True)
class Folder:
    """The files of one report."""

    path: Path

    @property
    def page(self) -> Path:
        """The page for people."""
        return self.path / "index.html"

    @property
    def verdict(self) -> Path:
        """The verdict for programs."""
        return self.path / "verdict.json"

    @property
    def story(self) -> Path:
        """What the page draws beside the verdict."""
        return self.path / "evidence.json"

    def write(self, verdict: AnyVerdict, story: Model) -> None:
        """Write the verdict, and what the page shows beside it."""
        self.verdict.write_text(verdict.model_dump_json(indent=2) + "\n", encoding="utf-8")
        self.story.write_text(story.model_dump_json() + "\n", encoding="utf-8")


def create(name: str, reports: Path | None = None, now: datetime | None = None) -> Folder:
    """Make `<UTC time>-<name>` in the folder of all reports."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    path = (reports or reports_dir()) / f"{moment}-{name}"
    path.mkdir(parents=True)
    return Folder(path)


def point_latest(folder: Folder) -> None:
    """Make `latest` point at a report, in one step."""
    link = folder.path.with_name("latest")
    unfinished = folder.path.with_name(".latest")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(folder.path.name)
    unfinished.replace(link)


def latest(reports: Path | None = None) -> Folder:
    """Find the newest report. Raises `LabError` when there is none."""
    link = (reports or reports_dir()) / "latest"
    if not (link / "verdict.json").exists():
        raise LabError("There is no report yet. Make one with `lab spike laptops`.")
    return Folder(link.resolve())
