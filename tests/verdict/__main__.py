"""Disturb the real lab and show that the verdict notices. `make verify-verdict` runs this.

One row of the table after another: a spike on a stack that runs on this machine, with the
disturbance really made. Exits 1 when a row does not come out as it must. What was done is kept
after every run: `--resume` goes on where a pass was interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from tests.e2e.conftest import free_ports
from tests.verdict import policies, results
from tests.verdict.results import Result, Results
from tests.verdict.stage import staged
from tests.verdict.summary import markdown, publish, summarize
from tests.verdict.table import ROWS, Row

from lab import stack
from lab.commands.experiment import render
from lab.errors import LabError
from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.run import run as run_spike
from lab.report.folder import Folder
from lab.stack import Options, RunningStack
from lab.stack.policies import FOLDER_VARIABLE

FOLDER = Path("reports/verify-verdict")
QUIET = Console(quiet=True)


class Stacks:
    """One running stack at a time: the next row takes it over if it is as it needs."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._running: RunningStack | None = None

    def get(self, *, autoscale: bool) -> RunningStack:
        """Return a stack with its scaler on or off. Raises LabError when it does not start."""
        if self._running is not None and self._running.autoscale != autoscale:
            self.end()
        if self._running is None:
            options = Options(
                state=self._state,
                ports=free_ports(),
                autoscale=autoscale,
                sync_seconds=policies.SYNC_SECONDS,
            )
            self._running = stack.up(options, QUIET)
        return self._running

    def end(self) -> None:
        """Stop the stack that runs."""
        if self._running is not None:
            self._running.down()
        self._running = None


@contextmanager
def stacks() -> Iterator[Stacks]:
    """Give stacks in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        os.environ[FOLDER_VARIABLE] = str(policies.write(Path(folder) / "policies"))
        held = Stacks(Path(folder) / "state")
        try:
            yield held
        finally:
            held.end()


def run_row(row: Row, running: RunningStack, folder: Path) -> Result:
    """Run a spike with the disturbance, judge it by what was promised, and write its report."""
    folder.mkdir(parents=True, exist_ok=True)
    with staged(running, row.plan, folder) as stage, row.disturb(stage) as endpoints:
        evidence, story = run_spike(row.plan, endpoints, folder, QUIET, owned=True)
        stage.over.set()
    promised = replace(row.judged or row.plan, autoscale=row.autoscale)
    verdict = judge(replace(evidence, plan=promised), Limits())
    report = Folder(folder)
    report.write(verdict, story)
    render(report)
    return results.result(row, verdict)


def run_pass(rows: Sequence[Row], runs: int, folder: Path, done: Results) -> bool:
    """Run what is not done yet, and keep what came out after every run.

    Returns whether every run came to a verdict; one that did not is told, and not kept.
    """
    complete = True
    with stacks() as held:
        for number in range(1, runs + 1):
            for row in [row for row in rows if len(done.of(row)) < number]:
                outcome = _attempt(row, held, folder / f"{row.name}-{number}")
                complete = complete and outcome is not None
                done.runs += [outcome] if outcome else []
                _write(folder, done)
    return complete


def _attempt(row: Row, held: Stacks, folder: Path) -> Result | None:
    began = time.monotonic()
    try:
        outcome = run_row(row, held.get(autoscale=row.autoscale), folder)
    except Exception as error:
        held.end()  # what it left must not reach the next row
        print(f"{row.name:24} NO VERDICT: {error}", flush=True)
        return None
    good = "as it must" if results.as_it_must(row, outcome) else "NOT AS IT MUST"
    failed = ", ".join(check.name for check in outcome.failed) or "nothing failed"
    print(f"{row.name:24} {good:15} {time.monotonic() - began:4.0f} s  {failed}", flush=True)
    return outcome


def _write(folder: Path, done: Results) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(done.model_dump_json(indent=1) + "\n")
    (folder / "table.md").write_text(markdown(summarize(done)))


def chosen_rows(names: Sequence[str], *, every: bool) -> list[Row]:
    """Return the rows of a pass. Raises LabError for a name that no row has."""
    known = {row.name: row for row in ROWS}
    if unknown := [name for name in names if name not in known]:
        raise LabError(f"There is no row {unknown[0]!r}. There are {', '.join(known)}.")
    return [known[name] for name in names] or [row for row in ROWS if every or row.first]


def main() -> int:
    """Run the pass that was asked for."""
    parser = argparse.ArgumentParser(prog="make verify-verdict", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; without: the most important ones")
    parser.add_argument("--all", action="store_true", help="every row of the table")
    parser.add_argument("--runs", type=int, default=1, help="how often each row is run")
    parser.add_argument("--resume", action="store_true", help="keep what an earlier pass has done")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results and reports go")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/")
    parser.add_argument("--list", action="store_true", help="list the rows and run nothing")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every clean-up runs
    try:
        rows = chosen_rows(chosen.rows, every=chosen.all)
        if chosen.list:
            print("\n".join(f"{row.name:24} {row.what}" for row in rows))
            return 0
        done = results.load(chosen.folder / "results.json") if chosen.resume else Results()
        complete = run_pass(rows, chosen.runs, chosen.folder, done)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"\n{markdown(summarize(done))}")
    if chosen.publish:
        publish(summarize(done))
    ran = {row.name: row for row in rows}
    good = [results.as_it_must(ran[run.row], run) for run in done.runs if run.row in ran]
    print(f"{sum(good)} of {len(good)} runs of {len(rows)} rows came out as they must")
    return 0 if all(good) and complete else 1


if __name__ == "__main__":
    sys.exit(main())
