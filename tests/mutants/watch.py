"""Run a part's unit tests and note which of them reach each line."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

from lab.paths import ROOT

BETWEEN = ""
"""What ran outside of every test: importing."""

QUIETLY = ("-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"))
"""A member may have settings of its own; tests are named from the root."""
UNIT = ("-m", "not e2e and not postgres")

Reached = dict[str, dict[int, list[str]]]
"""File → line → tests."""


class Watcher:
    """Tells coverage which test runs."""

    def __init__(self, recording: coverage.Coverage) -> None:
        self._recording = recording
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Name the test while it runs."""
        self._recording.switch_context(item.nodeid)
        found = yield
        self._recording.switch_context(BETWEEN)
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what fails without any change: it would notice everything."""
        if report.failed:
            self.failed.add(report.nodeid)


def main(source: str, written: str, *tests: str) -> int:
    """Write which tests that pass reach each line below `source`; return pytest's exit status."""
    recording = coverage.Coverage(data_file=None, source=[source], config_file=False)
    recording.start()
    watcher = Watcher(recording)
    status = pytest.main([*QUIETLY, *UNIT, *tests], plugins=[watcher])
    recording.stop()
    data = recording.get_data()
    found = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
    passing = {
        name: {line: sorted({*reaching} - watcher.failed) for line, reaching in lines.items()}
        for name, lines in found.items()
    }
    Path(written).write_text(json.dumps(passing))
    return int(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
