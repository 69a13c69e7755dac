"""Make the images that the local overlay uses and put them into a cluster.

`python -m tests.k8s.standins COMMAND...`: the command gets the images' names as arguments, for
example `kind load docker-image`. The services' images are made from the checkout every time.
Without a command it only looks whether the cluster has what the tests need.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.compose.standins import __main__ as compose
from tests.compose.standins import docker
from tests.compose.standins.versions import ROOT, versions
from tests.k8s import rendering
from tests.support.needs import Need, command, missing, refuse

from lab.errors import LabError

FOLDER = "overlays/local"
WITHOUT_STAND_IN = "grafana/grafana"
SERVICES = ("laptops", "port")


def main(*load: str) -> None:
    """Ask for what is needed; with a command, make every image and hand all to it."""
    refuse(missing(NEEDS) + (compose.lacking() if load else []))
    if not load:
        return
    compose.main()
    for service in SERVICES:
        build(f"services/{service}/Dockerfile", f"laptop-lab/{service}")
    state_metrics()
    subprocess.run([*load, *images()], stdout=subprocess.DEVNULL, check=True)


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


def _answers(*question: str) -> Callable[[], bool]:
    """Return what tells whether the cluster has an answer to a question of kubectl's."""

    def ask() -> bool:
        if shutil.which("kubectl") is None:
            return False
        asked = ["kubectl", "--request-timeout=10s", *question]
        ran = subprocess.run(asked, capture_output=True, text=True, check=False)
        return ran.returncode == 0 and bool(ran.stdout.strip())

    return ask


def _serves(group: str) -> Callable[[], bool]:
    return _answers("api-resources", f"--api-group={group}", "--no-headers")


NEEDS = (
    Need("kubectl (https://kubernetes.io/docs/tasks/tools/)", command("kubectl")),
    Need("a cluster that answers (make k8s-test KUBECONFIG=...)", _answers("version")),
    Need("metrics-server in the cluster", _serves("metrics.k8s.io")),
    Need("KEDA in the cluster", _serves("keda.sh")),
)

if __name__ == "__main__":
    try:
        main(*(word for part in sys.argv[1:] for word in shlex.split(part)))
    except LabError as error:
        sys.exit(str(error))
