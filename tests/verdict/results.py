"""What came out of each run of each row, kept after every run so that a pass can be resumed."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field
from tests.verdict.table import Row

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
