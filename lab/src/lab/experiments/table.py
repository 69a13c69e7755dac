"""The experiments of the lab, a row each: what `lab spike` can be asked for."""

from __future__ import annotations

from typing import Any

from lab.errors import LabError
from lab.experiments.burst import experiment as burst
from lab.experiments.measure.experiment import Experiment
from lab.experiments.spike import experiment as spike

AnyExperiment = Experiment[Any, Any, Any, Any]

EXPERIMENTS: dict[str, AnyExperiment] = {
    "laptops": spike.at("laptops"),
    "port": spike.at("port"),
    "events": burst.of_events(),
}


def named(name: str) -> AnyExperiment:
    """Return an experiment by its name. Raises `LabError` for none."""
    if name not in EXPERIMENTS:
        raise LabError(f"There is no experiment {name!r}. There are {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]


def of_kind(kind: str) -> AnyExperiment:
    """Return an experiment by what its verdict says it is. Raises `LabError` for none."""
    for experiment in EXPERIMENTS.values():
        if experiment.kind == kind:
            return experiment
    raise LabError(f"No experiment writes a verdict of the kind {kind!r}.")
