"""Make an image for each one that compose.yaml pulls: `python -m tests.compose.standins`.

Each has the official name and holds the real program, built by the lab's toolchain or packaged by
Debian, where the official image starts it. They stand in where nothing can be pulled. What they do
not prove: the official images' own file systems, users and entrypoints. Grafana has no stand-in.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from rich.console import Console
from tests.compose import needs
from tests.compose.standins import docker, python
from tests.compose.standins.versions import versions
from tests.support.needs import missing, refuse

from lab.errors import LabError
from lab.programs import consul
from lab.toolchain import provide_all

NOBODY = 65534
COLLECTOR_USER = 10001
RECIPES = Path(__file__).parent


def main() -> None:
    """Make what is neither here nor can be pulled. Raises LabError if that cannot be done here."""
    refuse(lacking())
    for image, make in absent().items():
        print(f"making a stand-in for {image}")
        make(image)


def lacking() -> list[str]:
    """Return what this machine lacks for the images; without an engine none of them is here."""
    docker_lacks = missing(needs.TESTS)
    return docker_lacks + (missing(needs.STAND_INS) if docker_lacks or absent() else [])


@cache
def absent() -> dict[str, Callable[[str], None]]:
    """Return the recipes of the images that are neither here nor can be pulled."""
    return {image: make for image, make in recipes().items() if not had(image)}


def had(image: str) -> bool:
    """Whether the engine has an image, pulled now if need be."""
    return docker.exists(image) or docker.pulled(image)


def recipes() -> dict[str, Callable[[str], None]]:
    """Return each image's name and how it is made, in an order that works."""
    version = versions()
    base = f"python:{version['PYTHON_VERSION']}-slim-bookworm"
    return {
        base: python.make,
        f"postgres:{version['POSTGRES_VERSION']}": lambda image: _debian("postgres", image, base),
        f"traefik:{version['TRAEFIK_VERSION']}": _traefik,
        f"otel/opentelemetry-collector-contrib:{version['COLLECTOR_VERSION']}": _collector,
        f"jaegertracing/jaeger:{version['JAEGER_VERSION']}": _jaeger,
        f"prom/prometheus:{version['PROMETHEUS_VERSION']}": _prometheus,
        f"victoriametrics/victoria-logs:{version['VICTORIALOGS_VERSION']}": _victorialogs,
        f"rabbitmq:{version['RABBITMQ_VERSION']}": lambda image: _debian("rabbitmq", image, base),
        f"hashicorp/consul:{version['CONSUL_VERSION']}": lambda image: _consul(image, base),
    }


def _program(name: str) -> Path:
    return provide_all(Console())[name]


def _wget() -> dict[str, Path]:
    """The official images come with busybox; Debian's static one gives the program that checks."""
    return {"bin/wget": Path(shutil.which("busybox") or "busybox")}


def _debian(recipe: str, image: str, base: str) -> None:
    """Build what Debian packages on the base; the folder `recipe` says how."""
    folder = RECIPES / recipe
    _build(folder / "Dockerfile", folder, image, base)


def _consul(image: str, base: str) -> None:
    program = consul.program()
    assert program, "needs.STAND_INS has it"
    _build(RECIPES / "consul" / "Dockerfile", program.parent, image, base)


def _build(dockerfile: Path, context: Path, image: str, base: str) -> None:
    command = ["docker", "build", "--quiet", "--build-arg", f"BASE={base}", "--tag", image]
    command += ["--file", str(dockerfile), str(context)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _traefik(image: str) -> None:
    files = {"usr/local/bin/traefik": _program("traefik")}
    path = "ENV PATH=/usr/local/bin:/bin"
    docker.import_files(files, image, [path, 'ENTRYPOINT ["traefik"]'])


def _collector(image: str) -> None:
    files = {"otelcol-contrib": _program("otelcol-lab")}
    entry = 'ENTRYPOINT ["/otelcol-contrib"]'
    docker.import_files(files, image, [entry, f"USER {COLLECTOR_USER}"])


def _jaeger(image: str) -> None:
    files = {"cmd/jaeger/jaeger-linux": _program("jaeger"), **_wget()}
    entry = 'ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]'
    docker.import_files(files, image, [entry, "ENV PATH=/bin", f"USER {COLLECTOR_USER}"])


def _prometheus(image: str) -> None:
    files = {"bin/prometheus": _program("prometheus"), **_wget()}
    changes = ['ENTRYPOINT ["/bin/prometheus"]', "ENV PATH=/bin", f"USER {NOBODY}"]
    changes.append("VOLUME /prometheus")
    docker.import_files(files, image, changes, owned={"prometheus": NOBODY})


def _victorialogs(image: str) -> None:
    files = {"victoria-logs-prod": _program("victoria-logs"), **_wget()}
    docker.import_files(files, image, ['ENTRYPOINT ["/victoria-logs-prod"]', "ENV PATH=/bin"])


if __name__ == "__main__":
    try:
        main()
    except LabError as error:
        sys.exit(str(error))
