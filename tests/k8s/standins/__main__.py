"""Make the images that the local overlay uses and put them into a cluster.

`python -m tests.k8s.standins COMMAND...`: the command gets the images' names as arguments, for
example `kind load docker-image`. The services' images are made from the checkout every time.
"""

import shlex
import subprocess
import sys
from pathlib import Path

from tests.compose.standins import __main__ as compose
from tests.compose.standins import docker
from tests.compose.standins.versions import ROOT, versions
from tests.k8s import rendering

FOLDER = "overlays/local"
WITHOUT_STAND_IN = "grafana/grafana"
SERVICES = ("laptops", "port")


def main(*command: str) -> None:
    """Make every image, and hand all to the command."""
    compose.main()
    for service in SERVICES:
        build(f"services/{service}/Dockerfile", f"laptop-lab/{service}")
    state_metrics()
    if command:
        words = [word for part in command for word in shlex.split(part)]
        subprocess.run([*words, *images()], stdout=subprocess.DEVNULL, check=True)


def images() -> list[str]:
    """Return the images of the local overlay, but for the one that has no stand-in."""
    workloads = rendering.workloads(FOLDER).values()
    found = {c["image"] for each in workloads for c in rendering.containers(each)}
    return sorted(image for image in found if not image.startswith(WITHOUT_STAND_IN))


def build(dockerfile: str, name: str) -> None:
    """Build one of the project's own images."""
    version = versions()
    arguments = ["--build-arg", f"PYTHON_VERSION={version['PYTHON_VERSION']}"]
    tag = f"{name}:{version['LAPTOP_LAB_VERSION']}"
    command = ["docker", "build", "--quiet", "--file", str(ROOT / dockerfile), "--tag", tag]
    subprocess.run([*command, *arguments, str(ROOT)], stdout=subprocess.DEVNULL, check=True)


def state_metrics() -> None:
    """Make a stand-in for kube-state-metrics, which can't be built from Go modules alone."""
    (image,) = [image for image in images() if "kube-state-metrics" in image]
    if docker.exists(image):
        return
    base = f"BASE=python:{versions()['PYTHON_VERSION']}-slim-bookworm"
    folder = Path(__file__).parent / "kube_state_metrics"
    command = ["docker", "build", "--quiet", "--build-arg", base, "--tag", image, str(folder)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
