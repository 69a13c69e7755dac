"""kubectl, and the few questions that the tests ask through it."""

import json
import subprocess
import time
from collections.abc import Callable, Iterable
from typing import Any

import yaml

NAMESPACE = "laptop-lab"
Object = dict[str, Any]


class Refused(Exception):  # noqa: N818
    """The API server said no; the text is its reason."""


def run(*arguments: str, given: str = "") -> str:
    """Run kubectl in the lab's namespace and return what it prints."""
    command = ["kubectl", "--namespace", NAMESPACE, *arguments]
    ran = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Refused(ran.stderr.strip())
    return ran.stdout


def read(*arguments: str) -> Object:
    """Read one object or a list."""
    found: Object = json.loads(run("get", *arguments, "--output=json"))
    return found


def watching(name: str) -> list[str]:
    """Return a command: an object's status as a line of JSON, now and at each change."""
    status = "--output=jsonpath={.status}{'\\n'}"
    return ["kubectl", "--namespace", NAMESPACE, "get", name, "--watch", status]


def apply(objects: Iterable[Object]) -> None:
    """Apply on the server's side; of a field that two write, we are the owner."""
    text = yaml.safe_dump_all(objects)
    run("apply", "--server-side", "--force-conflicts", "--filename=-", given=text)


def rolled_out(*workloads: str, seconds: int = 300) -> None:
    """Wait until workloads (`deployment/name`) are complete."""
    for workload in workloads:
        run("rollout", "status", workload, f"--timeout={seconds}s")


def pods(app: str) -> list[Object]:
    """Return an app's pods that are not on their way out."""
    found: list[Object] = read("pods", f"--selector=app={app}")["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def ready(app: str) -> int:
    """Count an app's pods that take requests."""
    return sum(map(_is_ready, pods(app)))


def _is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def evict(pod: str) -> None:
    """Ask for a pod's eviction, as a drain of its node does. Raises `Refused` when it must wait."""
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": NAMESPACE},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    run("create", "--raw", path, "--filename=-", given=json.dumps(eviction))


def eventually(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"after {seconds:g} s: {what}"
        time.sleep(0.5)
