"""A deployed stack: the local overlay, on whichever cluster KUBECONFIG names."""

import os
from collections.abc import Callable, Iterator

import pytest
from tests.k8s import rendering
from tests.k8s.cluster import kubectl

from lab.engines.endpoints import Endpoints
from lab.engines.kubernetes import forwarded

WITHOUT = set(os.environ.get("K8S_WITHOUT", "").split())
"""Apps that are left out, for example `grafana` where its image can't be had."""
SERVICES = ("laptops", "port")


@pytest.fixture(scope="session")
def deploy() -> Callable[[str], None]:
    """Return what puts an overlay on the cluster, at rest: every service at its fewest replicas."""
    return _deploy


@pytest.fixture(scope="module")
def endpoints() -> Iterator[Endpoints]:
    """Where the deployed stack answers."""
    with forwarded() as found:
        yield found


def _deploy(overlay: str) -> None:
    objects = rendering.objects(f"overlays/{overlay}")
    _remove_other_scalers(objects)
    kubectl.apply([each for each in objects if each["kind"] == "Namespace"])
    kubectl.apply([each for each in objects if not _left_out(each)])
    workloads = rendering.workloads(f"overlays/{overlay}").values()
    names = [f"{each['kind'].lower()}/{each['metadata']['name']}" for each in workloads
             if not _left_out(each)]  # fmt: skip
    kubectl.rolled_out(*names)
    for service in SERVICES:
        kubectl.eventually(
            lambda app=service: _at_rest(app),
            seconds=300,
            what=f"{service} is not at rest with one replica and a scaler that sees it",
        )


def _at_rest(service: str) -> bool:
    try:
        hpa = kubectl.read("horizontalpodautoscaler", service)
    except kubectl.Refused:
        return False  # KEDA has not made it yet
    conditions = hpa["status"].get("conditions", [])
    active = {c["type"]: c["status"] for c in conditions}.get("ScalingActive") == "True"
    return active and len(kubectl.pods(service)) == kubectl.ready(service) == 1


def _left_out(each: rendering.Object) -> bool:
    labels = each["metadata"].get("labels", {})
    return labels.get("app") in WITHOUT and each["kind"] != "Service"


def _remove_other_scalers(objects: list[rendering.Object]) -> None:
    """Two scalers of one Deployment would fight: take away the kind that is not wanted now."""
    if any(each["kind"] == "ScaledObject" for each in objects):
        kubectl.run("delete", "horizontalpodautoscaler", *SERVICES, "--ignore-not-found")
        return
    known = kubectl.run("api-resources", "--api-group=keda.sh", "--output=name", "--no-headers")
    if "scaledobjects" in known:
        kubectl.run("delete", "scaledobject", *SERVICES, "--ignore-not-found", "--wait")
