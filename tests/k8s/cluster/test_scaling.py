"""The proof on a cluster, with the HPA and with KEDA: laptops scales, port stays, none fails."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from tests.k8s.cluster import kubectl

from lab.commands.experiment import perform
from lab.engines.kubernetes import forwarded
from lab.experiments.spike.experiment import at
from lab.experiments.spike.plan import Plan
from lab.report import folder as reports
from lab.report.model import AnyVerdict

# The HPA looks every 15 s at CPU that is measured every 15 s; KEDA's value is younger.
PLANS = {
    "local": Plan(warmup=5, baseline=30, spike=105, recovery=150),
    "local-keda": Plan(warmup=5, baseline=25, spike=70, recovery=90),
}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("overlay", PLANS)
def test_laptops_scales_alone_and_nothing_fails(
    overlay: str, deploy: Callable[[str], None]
) -> None:
    deploy(overlay)
    written = reports.create(f"kubernetes-{overlay}-spike-laptops")
    with forwarded() as endpoints, _watched(written.path / "hpa.jsonl"):
        verdict = perform(at("laptops"), PLANS[overlay], endpoints, written, Console())
    reports.point_latest(written)
    assert _failed(verdict) == []


def _failed(verdict: AnyVerdict) -> list[str]:
    return [f"{c.name}: {c.measured} against {c.limit}" for c in verdict.checks if not c.passed]


@contextmanager
def _watched(path: Path) -> Iterator[None]:
    """Write down each state of the laptops' HPA, for a replay.

    One kubectl that watches, not one a second: its starts alone would keep a core busy.
    """
    with subprocess.Popen(
        kubectl.watching("horizontalpodautoscaler/laptops"), stdout=subprocess.PIPE
    ) as process:
        thread = threading.Thread(target=_record, args=(process, path))
        thread.start()
        try:
            yield
        finally:
            process.terminate()
            thread.join()


def _record(process: "subprocess.Popen[bytes]", path: Path) -> None:
    assert process.stdout
    before = b""
    with path.open("w", buffering=1) as file:
        for line in process.stdout:
            if line != before:
                file.write(json.dumps({"time": time.time(), "status": json.loads(line)}) + "\n")
            before = line
