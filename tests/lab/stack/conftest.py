from pathlib import Path

import pytest

from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack.options import Options


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(ports=Ports(), state=tmp_path)


@pytest.fixture
def layout(options: Options) -> Layout:
    return Layout(options.state)


@pytest.fixture
def programs() -> dict[str, Path]:
    names = ("process-compose", "otelcol-lab", "victoria-logs", "prometheus", "jaeger", "traefik")
    return {name: Path("/opt") / name for name in names}
