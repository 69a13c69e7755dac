"""Generate the collector's module from its builder file: `python -m lab.toolchain.collector`."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.errors import LabError
from lab.paths import OBSERVABILITY

FOLDER = OBSERVABILITY / "otel-collector"
BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.155.0"


def sources(folder: Path) -> dict[str, str]:
    """Return the generated Go sources of a collector folder by file name."""
    return {path.name: path.read_text() for path in sorted((folder / "distribution").glob("*.go"))}


def generate(folder: Path = FOLDER, *, modules: bool = True) -> None:
    """Write `distribution/` beside the folder's builder.yaml; with `modules` go.sum too.

    Raises LabError when the builder fails.
    """
    shutil.rmtree(folder / "distribution", ignore_errors=True)
    skip = ["--skip-compilation"] if modules else ["--skip-compilation", "--skip-get-modules"]
    said = _run(["go", "run", BUILDER, "--config", "builder.yaml", *skip], folder)
    (folder / "distribution").chmod(0o755)
    if not (folder / "distribution" / "main.go").exists():
        raise LabError(f"The collector's builder failed: {said}")
    if modules:
        # The builder's last step tidies the module and needs what only tests import; this does not.
        _run(["go", "list", "-mod=mod", "-deps", "."], folder / "distribution")


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "CGO_ENABLED": "0"}
    ran = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ran.stderr.strip()


if __name__ == "__main__":
    generate()
