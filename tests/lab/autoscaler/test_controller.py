"""The same decisions as Kubernetes' own controller, on 60 random policies under random loads.

controller/record.py made the recordings from the controller's source.
"""

import json
import shutil
from typing import Any

import pytest
from tests.lab.autoscaler.controller import record

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import (
    ConditionType,
    Decision,
    Metric,
    Observation,
    Reading,
    Spec,
    TargetType,
)
from lab.autoscaler.scaledobject import ScalingBehavior

RECORDINGS = json.loads(record.COMMITTED.read_text())


def autoscaler(run: dict[str, Any]) -> Autoscaler:
    behavior = run["Behavior"] and _as_written(run["Behavior"])
    return Autoscaler(
        Spec(
            min_replicas=run["Min"],
            max_replicas=run["Max"],
            metrics=(Metric(name="m", type=TargetType.AVERAGE_VALUE, target=run["Target"]),),
            behavior=behavior and ScalingBehavior.model_validate(behavior).resolved(),
        )
    )


def _as_written(behavior: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Go wrote as null, as a person would in a policy."""
    return {
        direction: {name: value for name, value in rules.items() if value is not None}
        for direction, rules in behavior.items()
    }


def limit(decision: Decision, run: dict[str, Any]) -> str:
    """Return the reason of ScalingLimited, as recorded: none outside of the range."""
    if not run["Min"] <= decision.current <= run["Max"]:
        return ""
    return decision.conditions[ConditionType.SCALING_LIMITED].reason


@pytest.mark.parametrize("number", range(len(RECORDINGS)))
def test_it_decides_as_the_controller_did(number: int) -> None:
    run = RECORDINGS[number]
    followed, now, current = autoscaler(run), 1000.0, run["Start"]
    for wait, usage, desired, reason in run["Steps"]:
        now += wait / 1000
        seen = Observation(
            spec_replicas=current,
            status_replicas=current,
            ready_replicas=current,
            readings=(Reading(usage),),
        )
        decision = followed.step(now, seen)
        assert (decision.desired, limit(decision, run)) == (desired, reason), (now, usage)
        current = desired


@pytest.mark.e2e
@pytest.mark.timeout(400)
def test_the_controllers_source_gives_the_same_recordings_again() -> None:
    if shutil.which("go") is None:
        pytest.skip("Go is not here")
    assert record.recordings() == record.COMMITTED.read_text(), "stale: make recordings"


def test_the_recordings_meet_every_limit() -> None:
    met = {reason for run in RECORDINGS for *_, reason in run["Steps"]}
    assert met == {
        "",
        "DesiredWithinRange",
        "ScaleDownLimit",
        "ScaleUpLimit",
        "TooFewReplicas",
        "TooManyReplicas",
    }
