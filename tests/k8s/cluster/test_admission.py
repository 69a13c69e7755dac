"""The namespace admits no pod that the restricted standard forbids; ours are admitted."""

from collections.abc import Callable

import pytest
from tests.k8s.cluster import kubectl

CANNOT_START = 2


@pytest.fixture(autouse=True)
def _deployed(deploy: Callable[[str], None]) -> None:
    deploy("local")


@pytest.mark.timeout(900)
def test_a_pod_that_runs_as_root_is_refused() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": kubectl.NAMESPACE},
        "spec": {"containers": [{"name": "root", "image": "busybox:1"}]},
    }
    with pytest.raises(kubectl.Refused, match='violates PodSecurity "restricted'):
        kubectl.apply([pod])


def test_no_container_of_the_stack_fails() -> None:
    """A replica that finds no database yet ends with 2 and is started again: that is no failure."""
    for pod in kubectl.read("pods")["items"]:
        for status in pod["status"].get("containerStatuses", []):
            ended = status["lastState"].get("terminated", {})
            assert ended.get("exitCode", CANNOT_START) == CANNOT_START, pod["metadata"]["name"]
