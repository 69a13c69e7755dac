"""Hold what arrived against what was served, by trace and span id."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Arrived:
    """What is wrong with what arrived; all zero when each request has one span and one line.

    `lost` is served requests without one, `twice` what came more often than once, and
    `lines_without_span` lines that name no SERVER span that arrived. `answers_without_span` counts
    answers that named a trace in their header. None: the variant sends no such thing.
    """

    spans_lost: int | None = None
    spans_twice: int | None = None
    lines_lost: int | None = None
    lines_twice: int | None = None
    lines_without_span: int | None = None
    answers_without_span: int | None = None


def compare(
    served: int, spans: Sequence[str] | None, lines: Sequence[str] | None, answers: Collection[str]
) -> Arrived:
    """Compare ids, each `trace id:span id`; `answers` are those that clients were told."""
    if spans is None:
        return Arrived()
    known = set(spans)
    told: dict[str, int | None] = {
        "spans_lost": served - len(known),
        "spans_twice": len(spans) - len(known),
        "answers_without_span": len(set(answers) - known) if answers else None,
    }
    if lines is not None:
        told |= {
            "lines_lost": served - len(set(lines)),
            "lines_twice": len(lines) - len(set(lines)),
            "lines_without_span": len(set(lines) - known),
        }
    return Arrived(**told)


def lines_of(output: Path) -> list[str]:
    """Return the ids of the JSON lines of a file; other lines are not about a request."""
    return [ids for line in output.read_text().splitlines() if (ids := _ids(line))]


def _ids(line: str) -> str | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return f"{told['trace_id']}:{told['span_id']}" if "span_id" in told else None
