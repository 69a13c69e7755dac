"""The autoscaler as a process: what it refuses, what it survives, how it ends."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from lab.autoscaler.scaledobject import PolicyError
from lab.autoscaler.service import run
from lab.autoscaler.settings import Settings
from lab.errors import LabError
from lab.paths import ROOT

KEDA = ROOT / "k8s" / "components" / "keda"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Put back what `run` does to signals."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def settings(folder: Path, port: int, *policies: Path) -> Settings:
    return Settings(
        policies=policies or (KEDA / "laptops-scaledobject.yaml",),
        base_ports={"laptops": 15000},
        supervisor_socket=folder / "nobody.sock",
        prometheus_url="http://127.0.0.1:1",
        gateway_url="http://127.0.0.1:1",
        gateway_file=folder / "routes.yaml",
        targets_dir=folder / "targets",
        metrics_port=port,
    )


def test_a_bad_policy_is_refused_before_anything_starts(tmp_path: Path, port: int) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml: the scaling policy cannot be read"):
        run(settings(tmp_path, port, tmp_path / "none.yaml"))


def test_a_policy_for_an_unknown_service_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(LabError, match="a scaling policy for port, but the lab runs laptops"):
        run(settings(tmp_path, port, KEDA / "port-scaledobject.yaml"))


def test_a_taken_metrics_port_is_a_plain_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"metrics port {port} is taken"):
            run(settings(tmp_path, port))


def test_it_lives_with_nobody_to_talk_to_says_so_and_ends_when_told(
    tmp_path: Path, port: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _program(tmp_path, port)], stdout=subprocess.PIPE, text=True
    )
    try:
        page = _metrics(port)
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    assert 'lab_autoscaler_reached{backend="supervisor"} 0.0' in page
    assert 'lab_autoscaler_reached{backend="prometheus"} 0.0' in page
    assert '"event":"backend.away"' in output
    assert process.returncode == 0


def _program(folder: Path, port: int) -> str:
    return dedent(
        f"""
        from pathlib import Path
        from lab.autoscaler.service import run
        from lab.autoscaler.settings import Settings

        folder = Path({str(folder)!r})
        run(Settings(
            policies=(Path({str(KEDA / "laptops-scaledobject.yaml")!r}),),
            base_ports={{"laptops": 15000}},
            supervisor_socket=folder / "nobody.sock",
            prometheus_url="http://127.0.0.1:1",
            gateway_url="http://127.0.0.1:1",
            gateway_file=folder / "routes.yaml",
            targets_dir=folder / "targets",
            metrics_port={port},
        ))
        """
    )


def _metrics(port: int) -> str:
    """Wait until the process has found that nobody answers."""
    deadline, page = time.monotonic() + 20, ""
    while "lab_autoscaler_reached{" not in page and time.monotonic() < deadline:
        time.sleep(0.05)
        try:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        except httpx.HTTPError:
            continue
    return page
