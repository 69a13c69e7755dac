"""Change the code, run its tests, and print what they did not notice: `python -m tests.mutants`.

A sample of all changes is drawn with a seed, so that a run can be repeated. What changes nothing
and is listed in equivalent.toml, with the reason, is left out. Exits 1 when fewer than GOAL of the
others are noticed.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.mutants import trials
from tests.mutants.parts import PARTS
from tests.mutants.trials import Mutant, Outcome

GOAL = 0.85


def main() -> int:
    """Draw the sample, try each change, and tell."""
    options = _options()
    parts = [part for part in PARTS if not options.part or part.name in options.part]
    every = [mutant for part in parts for mutant in trials.mutants(part)]
    sample = random.Random(options.seed).sample(every, min(options.count, len(every)))  # noqa: S311
    reached = {part.name: trials.reached(part) for part in parts}
    found: dict[Mutant, Outcome] = {}
    with ThreadPoolExecutor(options.workers) as pool:
        outcomes = pool.map(lambda each: trials.outcome(each, reached[each.part.name]), sample)
        for mutant, outcome in zip(sample, outcomes, strict=True):
            found[mutant] = outcome
            if outcome in {Outcome.SURVIVED, Outcome.UNREACHED}:
                print(f"{outcome}: {mutant}", flush=True)
    print(*table(found), sep="\n")
    print(f"noticed {noticed(found):.1%} of {len(sample)} of {len(every)}, seed {options.seed}")
    return int(noticed(found) < GOAL)


def table(found: Mapping[Mutant, Outcome]) -> list[str]:
    """Return the counts of each part and of all, in Markdown."""
    lines = ["", f"| part | {' | '.join(Outcome)} |", "|---|" + "---:|" * len(Outcome)]
    for name in [part.name for part in PARTS] + ["together"]:
        counts = Counter(
            outcome for mutant, outcome in found.items() if name in {mutant.part.name, "together"}
        )
        if counts:
            lines.append(f"| {name} | {' | '.join(str(counts[each]) for each in Outcome)} |")
    return [*lines, ""]


def noticed(found: Mapping[Mutant, Outcome]) -> float:
    """Return the share that was noticed, of those that change anything."""
    counts = Counter(found.values())
    return counts[Outcome.NOTICED] / max(counts.total() - counts[Outcome.EQUIVALENT], 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--count", type=int, default=200, help="how many changes are tried")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time")
    parser.add_argument("--part", action="append", help="only of this part; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
