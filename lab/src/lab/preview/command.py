"""What `lab dashboards` does: ask, draw, and if wanted record or take pictures."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab import stack
from lab.errors import LabError
from lab.preview import pictures
from lab.preview.fetch import LiveFetcher, RecordedFetcher, RecordingFetcher
from lab.preview.model import committed
from lab.preview.page import render

if TYPE_CHECKING:
    from lab.preview.fetch import Fetcher

DEFAULT_PAGE = Path("reports") / "dashboards.html"


@dataclass(frozen=True, kw_only=True)
class PreviewOptions:
    """How to make the page. `replay` is a recording to draw instead of the running stack."""

    page: Path = DEFAULT_PAGE
    minutes: float = 15
    record: Path | None = None
    replay: Path | None = None
    pictures: Path | None = None


def write_page(options: PreviewOptions) -> Path:
    """Write the page, and what else is wanted, and return where it is.

    Raises LabError when no stack runs and nothing is replayed, or when pictures are wanted and
    there is no Chromium.
    """
    fetcher, seconds = _source(options)
    recorder = RecordingFetcher(fetcher)
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(render(committed(), recorder, seconds))
    if options.record:
        recorder.save(options.record, seconds)
    if options.pictures:
        pictures.take_all(options.page, options.pictures)
    return options.page


def _source(options: PreviewOptions) -> tuple[Fetcher, float]:
    if options.replay:
        recorded = RecordedFetcher.load(options.replay)
        return recorded, recorded.seconds
    running = stack.find_running()
    if running is None:
        raise LabError("No stack runs. Start one with `lab up`, or replay a recording.")
    return LiveFetcher(asdict(running.urls), time.time()), options.minutes * 60
