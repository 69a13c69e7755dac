"""The lab's own scaling policies, quicker both ways, so that a run can be short."""

from __future__ import annotations

from pathlib import Path

import yaml

from lab.stack import policies

STABLE_SECONDS, PERIOD_SECONDS = 3, 3
SYNC_SECONDS = 2.0
"""How often the scaler decides; the lab's decides every five."""
RATE, SHORT_RATE = "[10s]", "[5s]"
"""The time over which requests are counted."""


def write(folder: Path) -> Path:
    """Write the policies into a folder: a shorter look back, and down without a wait."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in policies.files():
        policy = yaml.safe_load(file.read_text().replace(RATE, SHORT_RATE))
        down = policy["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        down["stabilizationWindowSeconds"] = STABLE_SECONDS
        for rule in down["policies"]:
            rule["periodSeconds"] = PERIOD_SECONDS
        (folder / file.name).write_text(yaml.safe_dump(policy, sort_keys=False))
    return folder
