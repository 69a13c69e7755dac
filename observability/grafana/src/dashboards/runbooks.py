"""Each runbook as a dashboard of one text, so that an alert's link works without any other site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import dashboard, text
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.text import TextMode

from dashboards.panels import runbook_uid

if TYPE_CHECKING:
    from pathlib import Path

_SIBLING = re.compile(r"\]\((\w+)\.md\)")
_DOCUMENT = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")


def render(folder: Path) -> dict[str, str]:
    """Return the JSON of one dashboard for each runbook in the folder, by the name of its file."""
    alerts = sorted(path for path in folder.glob("*.md") if path.stem != "README")
    return {f"runbooks/{runbook_uid(path.stem)}.json": _board(path) for path in alerts}


def _board(path: Path) -> str:
    panel = (
        text.Panel()
        .title(path.stem)
        .description("What to look at and what to do when this alert fires.")
        .mode(TextMode.MARKDOWN)
        .content(_for_grafana(path.read_text()))
        .id(1)
        .span(24)
        .height(24)
    )
    board = (
        dashboard.Dashboard(f"Runbook: {path.stem}")
        .uid(runbook_uid(path.stem))
        .description("A copy of docs/runbooks, for the links of alerts and panels.")
        .tags(["runbook"])
        .readonly()
        .with_panel(panel)
    )
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board.build()) + "\n"


def _for_grafana(markdown: str) -> str:
    """Point links to other runbooks at their dashboards, and name other documents without a link."""
    markdown = _SIBLING.sub(lambda match: f"](/d/{runbook_uid(match[1])})", markdown)
    return _DOCUMENT.sub(r"\1", markdown)
