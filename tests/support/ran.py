"""Run what `make test` leaves out, and note how it ended.

`python -m tests.support.ran NAME -- COMMAND...`. The note is a row of docs/last-runs.json and of
the table in CONTRIBUTING.md: the day, how long it took, whether it passed, and the last line that
it printed. So a command's last line is its result.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.paths import ROOT

NOTES = ROOT / "docs" / "last-runs.json"
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- last runs: begin -->\n", "<!-- last runs: end -->\n"
TARGETS = {
    "compose-test": "images, a spike and every option on Docker",
    "k8s-test": "the HPA, KEDA, a rolling update and a drain on a cluster",
    "verify-verdict": "that the verdict of a spike notices what goes wrong",
    "bench": "what telemetry costs",
    "mutants": "what the unit tests notice when the code changes",
}
"""Every target that `make test` never runs, and what rests on it."""


@dataclass(frozen=True)
class Run:
    """How a run ended."""

    day: str
    minutes: float
    cores: int
    passed: bool
    says: str
    """The last line that it printed."""


def main(name: str, separator: str, *command: str) -> int:
    """Run a command, pass on what it prints, note how it ended; return its exit status."""
    if name not in TARGETS or separator != "--":
        raise SystemExit(f"Say `NAME -- COMMAND...`, where NAME is one of {', '.join(TARGETS)}")
    began = time.monotonic()
    status, last = _followed(command)
    minutes = round((time.monotonic() - began) / 60, 1)
    today = datetime.now(UTC).date().isoformat()
    note(name, Run(today, minutes, os.cpu_count() or 1, status == 0, last))
    return status


def note(name: str, run: Run, notes: Path = NOTES, page: Path = PAGE) -> None:
    """Write a run into the file and into the page's table."""
    runs = {**known(notes), name: run}
    text = json.dumps({each: asdict(found) for each, found in sorted(runs.items())}, indent=1)
    notes.write_text(text + "\n")
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + BEGIN + table(runs) + END + rest.split(END)[1])


def known(notes: Path = NOTES) -> dict[str, Run]:
    """Return the last run of each target that has one."""
    return {name: Run(**found) for name, found in json.loads(notes.read_text()).items()}


def table(runs: Mapping[str, Run]) -> str:
    """Return the page's table."""
    rows = [_row(name, what, runs.get(name)) for name, what in TARGETS.items()]
    return "\n".join(["| target | what rests on it | last run |", "|---|---|---|", *rows, ""])


def _row(name: str, what: str, run: Run | None) -> str:
    if run is None:
        return f"| `make {name}` | {what} | no run has been noted |"
    ended = "passed" if run.passed else "**failed**"
    took = f"{run.minutes} min on {run.cores} cores"
    return f"| `make {name}` | {what} | {run.day}, {ended} in {took}: {run.says} |"


def _followed(command: tuple[str, ...]) -> tuple[int, str]:
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip("= \n") or last
    return process.returncode, last.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
