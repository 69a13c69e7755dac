"""The real programs read what only a cluster gives them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console
from tests.k8s import rendering

from lab.toolchain import provide
from lab.toolchain.components import COLLECTOR, PROMTOOL

pytestmark = pytest.mark.e2e

OBSERVABILITY = rendering.ROOT / "observability"
COMPONENT = rendering.K8S / "components/observability"
PRODUCTION = rendering.K8S / "overlays/production"
GATEWAY = OBSERVABILITY / "otel-collector/collector.yaml"


@pytest.mark.parametrize(
    "files",
    [
        (COMPONENT / "otel-agent/agent.yaml",),
        (GATEWAY, PRODUCTION / "otel-gateway-many.yaml"),
    ],
    ids=["agent", "one of many gateways"],
)
def test_the_collector_accepts_its_configuration(files: tuple[Path, ...]) -> None:
    flags = [f"--config={file}" for file in files]
    _run(provide(COLLECTOR, Console()), "validate", *flags)


@pytest.mark.parametrize("remote_write", [False, True], ids=["local", "production"])
def test_prometheus_accepts_its_configuration(remote_write: bool, tmp_path: Path) -> None:
    source = OBSERVABILITY / "prometheus"
    text = (source / "prometheus.yaml").read_text()
    if remote_write:  # as production's init container does
        text += (PRODUCTION / "prometheus-remote-write.yaml").read_text()
    (tmp_path / "prometheus.yaml").write_text(text)
    shutil.copytree(source / "rules", tmp_path / "rules")
    (tmp_path / "scrape").mkdir()
    shutil.copy(COMPONENT / "prometheus/kubernetes.yaml", tmp_path / "scrape")
    _run(provide(PROMTOOL, Console()), "check", "config", str(tmp_path / "prometheus.yaml"))


def _run(program: Path, *arguments: str) -> None:
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
