"""The lab's own scaling policies with a shorter way back, so that a run need not wait for it."""

from __future__ import annotations

from pathlib import Path

import yaml

from lab.stack import policies

STABLE_SECONDS, PERIOD_SECONDS = 3, 3


def write(folder: Path) -> Path:
    """Write the policies into a folder; how they grow is as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in policies.files():
        policy = yaml.safe_load(file.read_text())
        down = policy["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        down["stabilizationWindowSeconds"] = STABLE_SECONDS
        for rule in down["policies"]:
            rule["periodSeconds"] = PERIOD_SECONDS
        (folder / file.name).write_text(yaml.safe_dump(policy, sort_keys=False))
    return folder
