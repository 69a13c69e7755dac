"""Measure, print a table, write reports/overhead.json. `--quick` shows the shape in 8 minutes.

The exit status is 1 when this package lost a span or a line of a request that was served.
"""

import argparse
import json
import os
import random
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.measure import SINK_PORT, measure, sink
from bench.report import Rounds, lost, overhead, result, table
from bench.served import PORT
from bench.servers import COMMANDS, FRAMEWORKS, LOAD_CORE, SERVER_CORE
from bench.usual import METRICS_PORT
from bench.variants import VARIANTS, installed

REPORT = Path("reports/overhead.json")


def main() -> int:
    """Run the rounds; in each one the variants of a server follow one another, shuffled."""
    options = arguments()
    if problem := missing(options.variants):
        print(problem, file=sys.stderr)
        return 2
    conditions = {"seconds": options.seconds, **machine()}
    os.sched_setaffinity(0, {LOAD_CORE})
    rounds: Rounds = {}
    with sink() as url:
        for number in range(options.rounds):
            for server in options.servers:
                for handler in options.handlers:
                    one_round(rounds, server, handler, url, options)
            print(f"round {number + 1} of {options.rounds}\n{table(rounds)}\n", flush=True)
            measured = overhead(rounds)
            # After each round: what is ended early has measured something all the same.
            write(measured | {"_": {"rounds": number + 1, **conditions}}, options.output)
    print(result(measured))
    return 1 if lost(measured) else 0


def missing(variants: list[str]) -> str | None:
    """Say in one sentence what this machine lacks for the measurement."""
    if shutil.which("wrk") is None:
        return "wrk is missing: apt-get install wrk"
    if SERVER_CORE == LOAD_CORE:
        return "two cores are needed: one for the server, one for the load"
    if taken := [port for port in (PORT, SINK_PORT, METRICS_PORT) if is_taken(port)]:
        return f"already in use: port {', '.join(map(str, taken))}"
    absent = [name for name in variants if not installed(VARIANTS[name])]
    return f"not installed: {', '.join(absent)} (make rivals)" if absent else None


def is_taken(port: int) -> bool:
    """Tell whether something listens already: it would be measured instead."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def one_round(
    rounds: Rounds, server: str, handler: str, url: str, options: argparse.Namespace
) -> None:
    """Measure all variants that make sense on one server once, in random order."""
    named = [name for name in options.variants if FRAMEWORKS[server] in VARIANTS[name].instrument]
    results = rounds.setdefault(f"{server} {handler}", {name: [] for name in named})
    for name in random.sample(named, len(named)):
        results[name].append(measure(server, name, handler, url, options.seconds))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    usual = [name for name, variant in VARIANTS.items() if variant.by_default]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of two seconds")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--seconds", type=positive, default=5)
    parser.add_argument("--servers", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=usual)
    parser.add_argument("--all", action="store_true", help="every variant, also the slow rivals")
    parser.add_argument("--handlers", nargs="+", choices=("small", "real"),
                        default=["small", "real"])  # fmt: skip
    parser.add_argument("--output", type=Path, default=REPORT)
    options = parser.parse_args()
    if options.all:
        options.variants = list(VARIANTS)
    if "bare" not in options.variants:
        options.variants.insert(0, "bare")
    if options.quick:
        options.rounds, options.seconds = 1, 2
    return options


def positive(text: str) -> int:
    """Read a number of at least one."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def write(told: dict[str, Any], path: Path) -> None:
    """Write every round, its ratios, and what it was measured on."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
