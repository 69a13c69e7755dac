"""Start the collector, with a new queue in the place of one that is damaged.

`python -m lab.programs.collector FOLDER PROGRAM ARGUMENT...` becomes PROGRAM.
"""

import os
import sys
import time
from pathlib import Path

from lab.programs.bbolt import DamagedError, check

SUFFIX = ".damaged"


def put_aside_damaged(folder: Path) -> list[str]:
    """Rename each queue that can't be read, and return a sentence about each."""
    told = []
    for file in sorted(folder.glob("exporter_*")):
        if SUFFIX in file.name:
            continue
        try:
            check(file)
        except DamagedError as error:
            aside = file.with_name(f"{file.name}{SUFFIX}-{time.time_ns() // 1_000_000_000}")
            file.rename(aside)
            told.append(f"The queue {file} is damaged ({error}); it begins anew, see {aside.name}.")
    return told


def main() -> None:
    """Check the queues, then become the collector."""
    folder, program, *arguments = sys.argv[1:]
    for sentence in put_aside_damaged(Path(folder)):
        print(sentence, flush=True)
    os.execv(program, [program, *arguments])  # noqa: S606 (no shell, as it should be)


if __name__ == "__main__":
    main()
