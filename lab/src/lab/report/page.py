"""What every page is made with: templates, files it carries inside, and a few words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.report.model import Replicas

HERE = Path(__file__).parent


def environment(folder: Path) -> jinja2.Environment:
    """Return where templates are, a page's own and the shared ones: strict, and escaping all."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def inline(name: str) -> str:
    """Return a file of this folder, for a page that carries it inside."""
    return (HERE / name).read_text(encoding="utf-8")


def journey(steps: Sequence[Replicas]) -> str:
    """Return how the replicas went: the first count, the farthest from it, the last."""
    if not steps:
        return "-"
    first, last = steps[0].replicas, steps[-1].replicas
    farthest = max((step.replicas for step in steps), key=lambda count: abs(count - first))
    stops = [first, *([farthest] if farthest not in (first, last) else []), last]
    return " → ".join(str(stop) for stop in stops) if len(steps) > 1 else str(first)
