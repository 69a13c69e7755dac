"""How many replicas there are, and were."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lab.errors import LabError
from lab.experiments.measure.counting import Counter, settle
from lab.facts import EXISTING_REPLICAS, FEWEST_REPLICAS
from lab.report.model import Replicas
from lab.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.experiments.measure.backends import Backends
    from lab.experiments.measure.increase import Sample

FEWEST = f"max by (horizontalpodautoscaler) ({FEWEST_REPLICAS})"
QUIET_SECONDS = 5.0
REST_SECONDS = 90.0


def by_service(backends: Backends, metric: str) -> dict[str, float]:
    """Return a metric of Deployments by the service or the worker that each of them runs."""
    deployments = backends.values(f"max by (deployment) ({metric})")
    return {name.removesuffix("-service"): value for name, value in deployments.items()}


def wait_for_rest(backends: Backends) -> None:
    """Wait until no requests arrive and both services have their fewest replicas.

    Raises `LabError` when that does not happen in time.
    """
    settle(Counter(backends, time.time()).all_served, quiet_seconds=QUIET_SECONDS)
    wait_for_fewest(backends)


def wait_for_fewest(backends: Backends) -> None:
    """Wait until both services have their fewest replicas; `LabError` when it takes too long."""
    if not wait_until(
        lambda: by_service(backends, EXISTING_REPLICAS) == backends.values(FEWEST),
        seconds=REST_SECONDS,
        every=1,
    ):
        fewest = backends.values(FEWEST)
        raise LabError(f"The services do not come to rest at their fewest replicas, {fewest}.")


def changes(samples: Sequence[Sample], began: float) -> list[Replicas]:
    """Keep the samples at which the count is another than before; the first is the count at 0."""
    steps: list[Replicas] = []
    for at, value in samples:
        if not steps or steps[-1].replicas != int(value):
            seconds = max(0.0, round(at - began, 3)) if steps else 0.0
            steps.append(Replicas(seconds=seconds, replicas=int(value)))
    return steps
