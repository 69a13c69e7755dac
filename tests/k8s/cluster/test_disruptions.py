"""A rolling update and a drain under load: not one request fails, at either service."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.k8s.cluster import kubectl, load

from lab.engines.endpoints import Endpoints

THREE = '{"spec": {"minReplicas": 3}}'


@pytest.fixture(scope="module", autouse=True)
def _three_replicas(deploy: Callable[[str], None]) -> None:
    """Three replicas of laptops, and the scaler keeps them."""
    deploy("local")
    kubectl.run("patch", "horizontalpodautoscaler", "laptops", f"--patch={THREE}")
    kubectl.eventually(
        lambda: kubectl.ready("laptops") == 3, seconds=120, what="laptops has not three replicas"
    )


@pytest.mark.timeout(600)
def test_a_rolling_update_fails_no_request(endpoints: Endpoints, tmp_path: Path) -> None:
    old = {pod["metadata"]["name"] for pod in kubectl.pods("laptops")}
    with load.steady(endpoints, tmp_path) as log:
        kubectl.run("rollout", "restart", "deployment/laptops-service")
        kubectl.rolled_out("deployment/laptops-service")
    assert not old & {pod["metadata"]["name"] for pod in kubectl.pods("laptops")}
    assert len(log.read().requests) > load.USERS
    assert load.failures(log.read()) == []


@pytest.mark.timeout(600)
def test_a_drain_takes_one_replica_at_a_time_and_fails_no_request(
    endpoints: Endpoints, tmp_path: Path
) -> None:
    waiting = [pod["metadata"]["name"] for pod in kubectl.pods("laptops")]
    fewest = len(waiting)
    refusals: list[str] = []
    with load.steady(endpoints, tmp_path) as log:
        while waiting:
            try:
                kubectl.evict(waiting[0])
            except kubectl.Refused as error:
                refusals.append(str(error))
                time.sleep(0.5)
            else:
                waiting.pop(0)
            fewest = min(fewest, kubectl.ready("laptops"))
    assert refusals
    assert all("disruption budget" in refusal for refusal in refusals)
    assert fewest >= 2
    assert load.failures(log.read()) == []
