"""What came out of each run of each row, kept after every run so that a pass can be resumed."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field
from tests.verdict.table import ROWS, Row

from lab.experiments.spike.verdict import Machine, Verdict


class Failed(BaseModel):
    """One check that failed."""

    name: str
    measured: float | None
    limit: float
    comparison: str
    unit: str


class Result(BaseModel):
    """One run of one row."""

    row: str
    started: str
    failed: list[Failed]
    machine: Machine
    measured: dict[str, float | None] = Field(description="What every check measured")


class Results(BaseModel):
    """All runs of a pass, in the order they were done."""

    runs: list[Result] = []

    def of(self, row: Row) -> list[Result]:
        """Return the runs of a row."""
        return [result for result in self.runs if result.row == row.name]


def result(row: Row, verdict: Verdict) -> Result:
    """Take from a verdict what the table shows."""
    return Result(
        row=row.name,
        started=verdict.started.isoformat(timespec="seconds"),
        failed=[
            Failed(**check.model_dump(include=set(Failed.model_fields)))
            for check in verdict.checks
            if not check.passed
        ],
        machine=verdict.machine,
        measured={check.name: check.measured for check in verdict.checks},
    )


def as_it_must(row: Row, run: Result) -> bool:
    """Whether a healthy run passed, or a disturbed one failed by the checks it must fail by."""
    failed = {check.name for check in run.failed}
    return failed >= row.must if row.must else not failed


def alone(row: Row, run: Result) -> bool:
    """Whether only the checks failed that must."""
    return {check.name for check in run.failed} == row.must


def load(file: Path) -> Results:
    """Read results; an absent file has none."""
    return Results.model_validate_json(file.read_text()) if file.exists() else Results()


def markdown(results: Results) -> str:
    """Write the table for people."""
    done = [row for row in ROWS if results.of(row)]
    head = (
        "| disturbance | must fail | as it must | failed alone | measured, limit | failed as well |"
    )
    lines = [head, "|---|---|---|---|---|---|", *(_line(row, results.of(row)) for row in done)]
    return "\n".join([*lines, "", *_uncovered(results), ""])


def _line(row: Row, runs: list[Result]) -> str:
    good = sum(as_it_must(row, run) for run in runs)
    own = sum(alone(row, run) for run in runs)
    others = sorted({check.name for run in runs for check in run.failed} - row.must)
    must = ", ".join(f"`{name}`" for name in sorted(row.must)) or "nothing"
    also = ", ".join(f"`{name}`" for name in others) or "-"
    shown = "; ".join(_spread(name, runs) for name in sorted(row.must)) or "-"
    total = len(runs)
    return f"| {row.what} | {must} | {good} of {total} | {own} of {total} | {shown} | {also} |"


def _spread(name: str, runs: list[Result]) -> str:
    """Say what a check measured: its smallest and largest over the runs, and the limit."""
    found = [run.measured.get(name) for run in runs]
    known = [value for value in found if value is not None]
    failed = next((f for run in runs for f in run.failed if f.name == name), None)
    limit = f", {failed.comparison} {failed.limit:g} {failed.unit}" if failed else ""
    values = f"{min(known):g} to {max(known):g}" if known else "not measured"
    values = f"{known[0]:g}" if known and min(known) == max(known) else values
    return values + limit


def _uncovered(results: Results) -> list[str]:
    """Say which checks never failed alone."""
    by_check: dict[str, set[str]] = {}
    for row in ROWS:
        for run in results.of(row):
            for name in run.measured:
                by_check.setdefault(name, set())
            if alone(row, run) and len(row.must) == 1:
                by_check[next(iter(row.must))].add(row.name)
    never = [f"`{name}`" for name, rows in by_check.items() if not rows]
    some = len(by_check) - len(never)
    said = f"{some} of {len(by_check)} checks failed alone in at least one run."
    return [f"{said} Not alone: {', '.join(never)}." if never else said] if by_check else []
