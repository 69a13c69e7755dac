"""Print a verdict, for people and for pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from lab.report.model import AnyVerdict, Check


def print_verdict(verdict: AnyVerdict, page: Path, console: Console) -> None:
    """Print each check with what was measured, then the verdict and where the report is."""
    table = Table("", "check", "measured", "limit", box=None, pad_edge=False)
    for check in verdict.checks:
        table.add_row(*_row(check))
    console.print(table)
    for remark in verdict.remarks():
        console.print(remark, soft_wrap=True, highlight=False)
    outcome = "[green]PASSED[/]" if verdict.passed else "[red]FAILED[/]"
    console.print(f"\n{outcome}  report: {page}", soft_wrap=True, highlight=False)


def _row(check: Check) -> tuple[str, ...]:
    mark = "[green]holds[/]" if check.passed else "[red]fails[/]"
    measured = "-" if check.measured is None else f"{check.measured:g} {check.unit}"
    return mark, check.name, measured, f"{check.comparison} {check.limit:g} {check.unit}"
