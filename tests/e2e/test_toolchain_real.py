"""The pinned sources and the configurations, in the hands of the real programs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.paths import OBSERVABILITY
from lab.toolchain import collector, locate
from lab.toolchain.components import BUILT, TRAEFIK

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.mark.skipif(not shutil.which("go"), reason="Go is missing")
def test_the_committed_collector_is_what_its_builder_file_generates(tmp_path: Path) -> None:
    shutil.copy(collector.FOLDER / "builder.yaml", tmp_path)
    collector.generate(tmp_path, modules=False)
    assert collector.sources(tmp_path) == collector.sources(collector.FOLDER)


def test_every_program_is_there_and_runs(programs: dict[str, Path]) -> None:
    assert set(programs) == {component.name for component in BUILT} | {TRAEFIK}
    assert locate.version_of(str(programs["traefik"]), ("version",))
    assert locate.version_of(str(programs["otelcol-lab"]), ("--version",)) == (0, 155, 0)


def test_the_collector_accepts_its_configuration(programs: dict[str, Path], tmp_path: Path) -> None:
    config = OBSERVABILITY / "otel-collector" / "collector.yaml"
    subprocess.run(
        [programs["otelcol-lab"], "validate", "--config", config],
        env={"COLLECTOR_QUEUE_DIRECTORY": str(tmp_path)},
        check=True,
    )


def test_prometheus_accepts_its_configuration(programs: dict[str, Path]) -> None:
    """File-based discovery, on which the lab relies, survives the build tags."""
    config = OBSERVABILITY / "prometheus" / "prometheus.yaml"
    ran = subprocess.run(
        [programs["promtool"], "check", "config", config],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
