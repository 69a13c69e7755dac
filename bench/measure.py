"""One measurement: a fresh server, saturated, then at a fixed rate, then stopped by SIGTERM."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.arrived import Arrived, compare, lines_of
from bench.load import Answer, open_loop, p99, saturate
from bench.servers import Server, core_seconds, fetch, scraping, serving, wait_until_up
from bench.variants import VARIANTS

SINK_PORT = 18318
WARM_UP_SECONDS = 2
RATE = 400


@dataclass(frozen=True)
class Measurement:
    """Absolute figures of one variant in one round; `arrived` is taken after SIGTERM.

    `cpu_us` is of one request, with all that is done for it after its answer. `disturbed` is the
    share of the server's core that other programs took while it was saturated.
    """

    rps: float
    cpu_us: float
    disturbed: float
    p99_s: float | None
    exit_s: float
    served: int
    arrived: Arrived


@contextmanager
def sink() -> Iterator[str]:
    """Run the counting endpoint."""
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(SINK_PORT)])
    try:
        wait_until_up(f"http://127.0.0.1:{SINK_PORT}/ids")
        yield f"http://127.0.0.1:{SINK_PORT}"
    finally:
        process.kill()
        process.wait()


def measure(server: str, name: str, handler: str, url: str, seconds: float) -> Measurement:
    """Measure one variant on one server."""
    variant = VARIANTS[name]
    fetch(f"{url}/reset")
    with TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        with serving(server, name, url, output) as running:
            with scraping(variant.scraped):
                figures, answers = load(running, f"/{handler}", seconds)
            served = running.served()
            exit_s = running.stop()
        told = ask(url)
        lines = {"otlp": told["lines"], "stdout": lines_of(output)}
    spans = told["server_spans"] if variant.spans else None
    arrived = compare(
        served,
        spans,
        lines.get(variant.lines or ""),
        {answer.ids for answer in answers if answer.ids},
    )
    return Measurement(**figures, exit_s=exit_s, served=served, arrived=arrived)


def load(running: Server, path: str, seconds: float) -> tuple[dict[str, Any], list[Answer]]:
    """Load a server in all ways; return what each cost, and the answers at the fixed rate."""
    saturate(path, WARM_UP_SECONDS)
    figures = throughput(running, path, seconds)
    # Twice as long: a hundredth of these requests is few.
    answers = open_loop(path, 2 * seconds, RATE) if path == "/small" else []
    # The queues are full when the signal comes.
    saturate(path, 1)
    return figures | {"p99_s": p99(answers) if answers else None}, answers


def throughput(running: Server, path: str, seconds: float) -> dict[str, Any]:
    """Return answered requests a second, the processor time of one, and what disturbed both.

    The time counts until the server has nothing left to do, so what it puts off counts as well.
    """
    running.settle()
    before, all_before = running.cpu_seconds(), core_seconds()
    requests, took = saturate(path, seconds)
    others = core_seconds() - all_before - (running.cpu_seconds() - before)
    running.settle()
    return {
        "rps": requests / took,
        "cpu_us": (running.cpu_seconds() - before) / requests * 1e6,
        "disturbed": max(0.0, others / took),
    }


def ask(url: str) -> dict[str, list[str]]:
    """Read from the sink what has arrived."""
    told: dict[str, list[str]] = json.loads(fetch(f"{url}/ids"))
    return told
