"""A run of real KEDA on a real cluster, replayed: the lab's autoscaler wants what the HPA wanted.

replay/record.py made the recording from a run of `make k8s-test`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Observation, Reading
from lab.autoscaler.scaledobject import load
from lab.paths import ROOT

POLICY = ROOT / "k8s/components/keda/laptops-scaledobject.yaml"
RECORDING = Path(__file__).parent / "replay" / "keda-run.json"


@pytest.fixture
def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RECORDING.read_text(encoding="utf-8"))
    return found


def test_the_recording_goes_up_and_comes_back(steps: list[dict[str, Any]]) -> None:
    desired = [step["desired"] for step in steps]
    assert desired[0] == desired[-1] == 1
    assert max(desired) >= 3


def test_the_lab_desires_what_the_controller_desired_at_every_step(
    steps: list[dict[str, Any]],
) -> None:
    autoscaler = Autoscaler(load(POLICY).autoscaler())
    wanted = [autoscaler.step(step["time"], _seen(step)).desired for step in steps]
    assert wanted == [step["desired"] for step in steps]


def _seen(step: dict[str, Any]) -> Observation:
    replicas = step["replicas"]
    return Observation(
        spec_replicas=replicas,
        status_replicas=replicas,
        ready_replicas=replicas,
        readings=(Reading(step["milli"]),),
    )
