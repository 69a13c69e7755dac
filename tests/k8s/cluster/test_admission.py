"""The namespace admits no pod that the restricted standard forbids; ours are admitted."""

from collections.abc import Callable

import pytest
from tests.k8s.cluster import kubectl


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


def test_every_container_of_the_stack_runs_without_a_restart() -> None:
    for pod in kubectl.read("pods")["items"]:
        for status in pod["status"].get("containerStatuses", []):
            assert status["restartCount"] == 0, pod["metadata"]["name"]
