"""Write every dashboard, or with `--check` say which ones differ from what is committed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboards import consul, load_test, messaging, overview, pipeline, runbooks, scaling, service

HOME = Path(__file__).parents[2]
COMMITTED = HOME / "dashboards"
RUNBOOKS = HOME.parents[1] / "docs" / "runbooks"


def render(runbook_folder: Path = RUNBOOKS) -> dict[str, str]:
    """Return the JSON of each dashboard by the name of its file, in folders as Grafana shows them."""
    boards = (
        overview.board(),
        service.board(),
        scaling.board(),
        messaging.board(),
        consul.board(),
        pipeline.board(),
        load_test.board(),
    )
    files = {f"laptop-lab/{board.uid}.json": board.to_json() for board in boards}
    return files | runbooks.render(runbook_folder)


def drift(files: dict[str, str], folder: Path) -> list[str]:
    """Name the files that are missing, differ or should not be there."""
    there = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}
    return sorted(
        name for name in files.keys() | there.keys() if files.get(name) != there.get(name)
    )


def write(files: dict[str, str], folder: Path) -> None:
    """Write the files and remove the ones that no board makes any more."""
    for path in folder.rglob("*.json"):
        path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main() -> int:
    """Run the command; 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    files = render()
    if not parser.parse_args().check:
        write(files, COMMITTED)
        return 0
    changed = drift(files, COMMITTED)
    sys.stdout.writelines(f"differs: {name}\n" for name in changed)
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
