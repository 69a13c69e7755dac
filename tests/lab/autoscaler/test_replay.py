"""Runs of real KEDA on a real cluster, replayed: the lab's autoscaler wants what the HPA wanted.

replay/record.py made each recording from a run of `make k8s-test`.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Observation, Reading
from lab.autoscaler.scaledobject import load
from lab.paths import ROOT

POLICY = ROOT / "k8s/components/keda/laptops-scaledobject.yaml"
RECORDINGS = sorted((Path(__file__).parent / "replay").glob("*.json"))


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def steps(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(request.param.read_text(encoding="utf-8"))
    return found


def test_the_recording_goes_up_and_comes_back(steps: list[dict[str, Any]]) -> None:
    desired = [step["desired"] for step in steps]
    assert desired[0] == desired[-1] == 1
    assert max(desired) >= 3


def test_the_lab_desires_what_the_controller_desired_at_every_step(
    steps: list[dict[str, Any]],
) -> None:
    autoscaler = Autoscaler(load(POLICY).autoscaler())
    wanted = []
    for step in steps:
        autoscaler, desired = _followed(autoscaler, step)
        wanted.append(desired)
    assert wanted == [step["desired"] for step in steps]


def _followed(autoscaler: Autoscaler, step: dict[str, Any]) -> tuple[Autoscaler, int]:
    """Take a step; where the rounding of the recorded value decides, as the controller did."""
    for seen in _seen(step):
        after = copy.deepcopy(autoscaler)
        desired = after.step(step["time"], seen).desired
        if desired == step["desired"]:
            break
    return after, desired


def _seen(step: dict[str, Any]) -> Iterator[Observation]:
    """Yield the most and the least that the controller may have seen.

    An HPA's status has the average of a replica, rounded up to a thousandth. Times the replicas
    that is up to a thousandth for each too much, and 100 a second are then more than 5 times 20.
    """
    replicas, most = step["replicas"], step["milli"]
    for milli in (most, max(0, most - replicas + 1)):
        yield Observation(
            spec_replicas=replicas,
            status_replicas=replicas,
            ready_replicas=replicas,
            readings=(Reading(milli),),
        )
