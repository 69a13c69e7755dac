"""Turn what `make k8s-test` saw of an HPA that KEDA made into a recording for the replay test.

`python tests/lab/autoscaler/replay/record.py REPORT/hpa.jsonl > recording.json`. Each line of
the input is the HPA's status when it changed: the metric that the controller saw, the replicas that
it found, and those that it then wanted.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SYNC_SECONDS = 15
"""The controller looks this often; a status that stays the same is a look that changed nothing."""


def steps(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield one step for each time that the controller looked."""
    previous: dict[str, Any] | None = None
    for line in lines:
        record = json.loads(line)
        step = _step(record["time"], record["status"])
        if step is None:
            continue
        while previous and step["time"] - previous["time"] > 1.5 * SYNC_SECONDS:
            current = previous["desired"]
            previous = previous | {"time": previous["time"] + SYNC_SECONDS, "replicas": current}
            yield previous
        yield step
        previous = step


def _step(time: float, status: dict[str, Any]) -> dict[str, Any] | None:
    metrics = status.get("currentMetrics") or []
    external = metrics[0].get("external") if metrics and metrics[0] else None
    if external is None:
        return None
    replicas = status["currentReplicas"]
    total = milli(external["current"]["averageValue"]) * replicas
    desired = status["desiredReplicas"]
    return {"time": round(time, 1), "replicas": replicas, "milli": total, "desired": desired}


def milli(quantity: str) -> int:
    """Read a Kubernetes quantity in thousandths; for small numbers it has no unit or `m`."""
    if quantity.endswith("m"):
        return int(quantity[:-1])
    return int(quantity) * 1000


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    print(json.dumps(list(steps(text.splitlines())), indent=1))
