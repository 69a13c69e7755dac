"""Run tests on a changed module: `python -m tests.mutants.trial MODULE FILE NUMBER TEST...`.

It has a process of its own; the file on disk stays as it is. The exit status is pytest's.
"""

import sys
from pathlib import Path

import pytest
from tests.mutants import hook
from tests.mutants.watch import QUIETLY


def main(module: str, path: str, number: str, *tests: str) -> int:
    """Return 0 if the tests pass even so."""
    hook.install(module, Path(path), int(number))
    return int(pytest.main(["-x", *QUIETLY, *tests]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
