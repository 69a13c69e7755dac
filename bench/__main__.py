"""Measure, print a table, write reports/overhead.json. `--quick` shows the shape in two minutes."""

import argparse
import json
import os
import platform
import random
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.measure import measure, sink
from bench.report import VARIANTS, Rounds, overhead, table
from bench.servers import COMMANDS

REPORT = Path("reports/overhead.json")


def main() -> int:
    """Run the rounds; in each one the variants of a server follow one another, shuffled."""
    options = arguments()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk", file=sys.stderr)
        return 2
    if len(os.sched_getaffinity(0)) < 2:
        print("two cores are needed: one for the server, one for the load", file=sys.stderr)
        return 2
    rounds: Rounds = {}
    with sink() as url:
        for number in range(options.rounds):
            for server in options.servers:
                for handler in options.handlers:
                    one_round(rounds, server, handler, url, options)
            print(f"round {number + 1} of {options.rounds}\n{table(rounds)}\n", flush=True)
    write(rounds, options)
    return 0


def one_round(
    rounds: Rounds, server: str, handler: str, url: str, options: argparse.Namespace
) -> None:
    """Measure all variants of one server once, in random order."""
    results = rounds.setdefault(f"{server} {handler}", {name: [] for name in options.variants})
    order = list(options.variants)
    random.shuffle(order)
    for variant in order:
        results[variant].append(measure(server, variant, handler, url, options.seconds))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of two seconds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--servers", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--handlers", nargs="+", choices=("small", "real"),
                        default=["small", "real"])  # fmt: skip
    options = parser.parse_args()
    if "bare" not in options.variants:
        options.variants.insert(0, "bare")
    if options.quick:
        options.rounds, options.seconds = 1, 2
    return options


def write(rounds: Rounds, options: argparse.Namespace) -> None:
    """Write the ratios, and what they were measured on."""
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(overhead(rounds) | {"_": conditions(options)}, indent=2) + "\n")
    print(f"{REPORT} written")


def conditions(options: argparse.Namespace) -> dict[str, Any]:
    """Describe the machine and the run."""
    packages = ("flask", "fastapi", "gunicorn", "uvicorn", "granian", "opentelemetry-sdk")
    return {
        "rounds": options.rounds,
        "seconds": options.seconds,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "versions": {package: version(package) for package in packages},
    }


if __name__ == "__main__":
    sys.exit(main())
