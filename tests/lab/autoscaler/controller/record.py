"""Record what Kubernetes' own controller decides: `make recordings`; needs Go.

Random policies meet random loads. The functions that decide are cut out of Kubernetes' source, with
nothing changed but the clock, and compiled with harness.go.
"""

import json
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

VERSION, API = "v1.34.4", "v0.34.1"
PACKAGES = (
    "k8s.io/api/autoscaling/v2",
    "k8s.io/apimachinery/pkg/apis/meta/v1",
    "k8s.io/apimachinery/pkg/labels",
)
RUNS, STEPS = 60, 30
COMMITTED = Path(__file__).with_name("recordings.json")
CONTROLLER = "pkg/controller/podautoscaler"
TAKEN = {
    f"{CONTROLLER}/horizontal.go": (
        "timestampedRecommendation",
        "timestampedScaleEvent",
        "NormalizationArg",
        "recordInitialRecommendation",
        "stabilizeRecommendation",
        "stabilizeRecommendationWithBehaviors",
        "convertDesiredReplicasWithBehaviorRate",
        "convertDesiredReplicasWithRules",
        "calculateScaleUpLimit",
        "calculateScaleUpLimitWithScalingRules",
        "calculateScaleDownLimitWithBehaviors",
        "getReplicasChangePerPeriod",
        "getLongestPolicyPeriod",
        "markScaleEventsOutdated",
        "storeScaleEvent",
        "minInt32",
        "maxInt32",
        "scaleUpLimitFactor",
    ),
    f"{CONTROLLER}/replica_calculator.go": (
        "Tolerances",
        "isWithin",
        "GetExternalPerPodMetricReplicas",
    ),
    "pkg/apis/autoscaling/v2/defaults.go": (
        "scaleUpLimitPercent",
        "GenerateHPAScaleUpRules",
        "GenerateHPAScaleDownRules",
        "copyHPAScalingRules",
    ),
}
HEAD = """package main

import (
	"fmt"
	"math"
	"sync"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type HorizontalController struct {
	downscaleStabilisationWindow time.Duration
	recommendations map[string][]timestampedRecommendation
	recommendationsLock sync.Mutex
	scaleUpEvents map[string][]timestampedScaleEvent
	scaleUpEventsLock sync.RWMutex
	scaleDownEvents map[string][]timestampedScaleEvent
	scaleDownEventsLock sync.RWMutex
}

"""


def recordings() -> str:
    """Return the recordings, as they are committed."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        asked = json.dumps([run(random.Random(seed)) for seed in range(RUNS)])  # noqa: S311
        recorded = subprocess.run(
            [program], input=asked, capture_output=True, text=True, check=True
        )
    lines = ",\n".join(json.dumps(compact(run)) for run in json.loads(recorded.stdout))
    return f"[\n{lines}\n]\n"


def build(folder: Path) -> Path:
    """Compile the controller's functions with the harness."""
    (folder / "go.mod").write_text("module recorder\n\ngo 1.24\n")
    source = json.loads(go(folder, "mod", "download", "-json", f"k8s.io/kubernetes@{VERSION}"))
    taken = [
        cut((Path(source["Dir"]) / file).read_text(), name)
        for file, names in TAKEN.items()
        for name in names
    ]
    (folder / "taken.go").write_text(HEAD + "\n\n".join(taken).replace("time.Now()", "clock()"))
    harness = Path(__file__).with_name("harness.go").read_text()
    (folder / "main.go").write_text(harness.removeprefix("//go:build ignore\n"))
    go(folder, "get", *(f"{package}@{API}" for package in PACKAGES))
    go(folder, "build", "-o", "recorder", ".")
    return folder / "recorder"


def go(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["go", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def cut(source: str, name: str) -> str:
    """Return a declaration: from the line that names it to the first line that closes it."""
    whole = re.search(
        rf"^(?:func (?:\([^)]*\) )?{name}\(|type {name} struct).*?^\}}|"
        rf"^(?:var|const) \((?:(?!^\)).)*?^\t(?://[^\n]*\n\t)?{name}\b.*?^\)",
        source,
        re.MULTILINE | re.DOTALL,
    )
    if whole is None:
        raise SystemExit(f"Kubernetes {VERSION} has no {name} any more")
    return whole[0]


def run(chance: random.Random) -> dict[str, Any]:
    low = chance.randint(1, 4)
    return {
        "Min": low,
        "Max": chance.randint(low + 1, 60),
        "Start": chance.randint(1, 40),
        "Target": chance.choice([1000, 20_000, 33_333]),
        "Behavior": chance.choice([None, behavior(chance), behavior(chance), behavior(chance)]),
        "Steps": load(chance),
    }


def load(chance: random.Random) -> list[dict[str, int]]:
    level, steps = chance.randint(0, 800_000), []
    for _ in range(STEPS):
        if chance.random() < 0.3:
            level = chance.choice([0, chance.randint(0, 800_000)])
        usage = max(int(level * chance.uniform(0.85, 1.15)), 0)
        steps.append({"WaitMilliseconds": 250 * chance.randint(1, 240), "Usage": usage})
    return steps


def behavior(chance: random.Random) -> dict[str, Any]:
    rules = {"scaleUp": scaling_rules(chance), "scaleDown": scaling_rules(chance)}
    return {name: rule for name, rule in rules.items() if chance.random() < 0.9}


def scaling_rules(chance: random.Random) -> dict[str, Any]:
    rules = {
        "stabilizationWindowSeconds": chance.choice([0, 15, 60, 300]),
        "selectPolicy": chance.choice(["Max", "Max", "Min", "Min", "Disabled"]),
        "policies": [policy(chance) for _ in range(chance.randint(1, 3))],
        "tolerance": chance.choice(["0", "50m", "0.2"]),
    }
    return {name: rule for name, rule in rules.items() if chance.random() < 0.7}


def policy(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["Pods", "Percent"])
    value = chance.randint(1, 10) if kind == "Pods" else chance.choice([1, 10, 33, 50, 100, 400])
    return {"type": kind, "value": value, "periodSeconds": chance.choice([5, 15, 60, 180])}


def compact(run: dict[str, Any]) -> dict[str, Any]:
    names = ("WaitMilliseconds", "Usage", "Desired", "Limit")
    return run | {"Steps": [[step[name] for name in names] for step in run["Steps"]]}


if __name__ == "__main__":
    COMMITTED.write_text(recordings())
