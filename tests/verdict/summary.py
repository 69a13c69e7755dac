"""What the runs of a pass say together, small enough to be committed, and the table of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pydantic import BaseModel, Field
from tests.verdict.results import Result, Results, alone, as_it_must
from tests.verdict.table import ROWS, Row

from lab.paths import ROOT

FILE = ROOT / "docs" / "disturbances.json"
PAGE = ROOT / "docs" / "experiments.md"
BEGIN, END = "<!-- disturbances: begin -->\n", "<!-- disturbances: end -->\n"


class Spread(BaseModel):
    """What one check measured over the runs of a row; null when a run could not measure it."""

    least: float | None
    most: float | None
    limit: str


class RowSummary(BaseModel):
    """The runs of one row."""

    row: str
    what: str
    runs: int
    as_it_must: int = Field(description="Runs in which every check failed that must; or passed")
    alone: int = Field(description="Runs in which no other check failed")
    not_calm: int = Field(description="Runs before which the machine had other work")
    must: dict[str, Spread] = Field(description="The checks that must fail")
    failed_as_well: dict[str, int] = Field(description="Others that failed, and how often")


class Summary(BaseModel):
    """A pass."""

    day: str
    rows: list[RowSummary]
    failed_alone: list[str] = Field(description="Checks that failed alone in at least one run")
    not_alone: list[str]


def summarize(results: Results) -> Summary:
    """Sum up all runs."""
    ran = [row for row in ROWS if results.of(row)]
    checks = sorted({name for run in results.runs for name in run.measured})
    own = {
        next(iter(row.must))
        for row in ran
        for run in results.of(row)
        if len(row.must) == 1 and alone(row, run)
    }
    return Summary(
        day=max((run.started[:10] for run in results.runs), default=""),
        rows=[_row(row, results.of(row)) for row in ran],
        failed_alone=[name for name in checks if name in own],
        not_alone=[name for name in checks if name not in own],
    )


def _row(row: Row, runs: list[Result]) -> RowSummary:
    others = Counter(check.name for run in runs for check in run.failed)
    return RowSummary(
        row=row.name,
        what=row.what,
        runs=len(runs),
        as_it_must=sum(as_it_must(row, run) for run in runs),
        alone=sum(alone(row, run) for run in runs),
        not_calm=sum(not run.machine.calm for run in runs),
        must={name: _spread(name, runs) for name in sorted(row.must)},
        failed_as_well={name: n for name, n in sorted(others.items()) if name not in row.must},
    )


def _spread(name: str, runs: list[Result]) -> Spread:
    values = [run.measured.get(name) for run in runs]
    known = [value for value in values if value is not None]
    complete = known if len(known) == len(values) else []
    failed = next((f for run in runs for f in run.failed if f.name == name), None)
    limit = f"{failed.comparison} {failed.limit:g} {failed.unit}" if failed else "held"
    return Spread(least=min(complete, default=None), most=max(complete, default=None), limit=limit)


def markdown(summary: Summary) -> str:
    """Write the table for people."""
    head = "| disturbance | must fail: measured, limit | as it must | alone | failed as well |"
    said = f"{len(summary.failed_alone)} of "
    said += f"{len(summary.failed_alone) + len(summary.not_alone)} checks failed alone in a run."
    if summary.not_alone:
        said += f" Not alone: {', '.join(f'`{name}`' for name in summary.not_alone)}."
    noisy, runs = sum(row.not_calm for row in summary.rows), sum(row.runs for row in summary.rows)
    said += f" Of {runs} runs, up to {summary.day}, {noisy} began on a machine that was not calm."
    return "\n".join([head, "|---|---|---|---|---|", *map(_line, summary.rows), "", said, ""])


def _line(row: RowSummary) -> str:
    must = "; ".join(f"`{name}`: {_said(spread)}" for name, spread in row.must.items())
    others = ", ".join(f"`{name}` in {count}" for name, count in row.failed_as_well.items())
    cells = (
        row.what,
        must or "nothing",
        f"{row.as_it_must} of {row.runs}",
        f"{row.alone} of {row.runs}",
        others or "-",
    )
    return f"| {' | '.join(cells)} |"


def _said(spread: Spread) -> str:
    if spread.least is None or spread.most is None:
        return f"not measured, {spread.limit}"
    same = spread.least == spread.most
    values = f"{spread.least:g}" if same else f"{spread.least:g} to {spread.most:g}"
    return f"{values}, {spread.limit}"


def publish(summary: Summary, file: Path = FILE, page: Path = PAGE) -> None:
    """Write the summary and its table where the documents show them."""
    file.write_text(summary.model_dump_json(indent=1) + "\n")
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + BEGIN + markdown(summary) + END + rest.split(END)[1])
