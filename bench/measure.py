"""One measurement: a fresh server, saturated, then at a fixed rate, then stopped by SIGTERM."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.load import open_loop, p99, saturate
from bench.servers import LOAD_CORE, serving, wait_until_up

SINK_PORT = 18318
RATE = 400


@dataclass(frozen=True)
class Measurement:
    """Absolute figures of one variant in one round. `spans_lost` counts after SIGTERM."""

    rps: float
    cpu_us: float
    p99_s: float
    spans_lost: int
    exit_s: float


@contextmanager
def sink() -> Iterator[str]:
    """Run the counting endpoint on the load's core."""
    process = subprocess.Popen(
        ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.sink", str(SINK_PORT)]
    )
    try:
        wait_until_up(f"http://127.0.0.1:{SINK_PORT}/counts")
        yield f"http://127.0.0.1:{SINK_PORT}"
    finally:
        process.kill()
        process.wait()


def measure(server: str, variant: str, handler: str, url: str, seconds: float) -> Measurement:
    """Measure one variant on one server."""
    ask(f"{url}/reset")
    with serving(server, variant, url) as running:
        path = f"/{handler}"
        warm, _ = saturate(path, 1)
        before = running.cpu_seconds()
        requests, took = saturate(path, seconds)
        cpu = running.cpu_seconds() - before
        latencies = open_loop(path, seconds, RATE) if handler == "small" else []
        last, _ = saturate(path, 1)
        exit_s = running.stop()
    # The server's first request, from the poll, is counted too; a few under way may be on top.
    served = warm + requests + len(latencies) + last + 1
    received = ask(f"{url}/counts")["server_spans"]
    return Measurement(
        rps=requests / took,
        cpu_us=cpu / requests * 1e6,
        p99_s=p99(latencies) if latencies else 0.0,
        spans_lost=0 if variant == "bare" else max(0, served - received),
        exit_s=exit_s,
    )


def ask(url: str) -> dict[str, int]:
    """Read a count from the sink."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (a loopback URL)
        counts: dict[str, int] = json.load(answer)
        return counts
