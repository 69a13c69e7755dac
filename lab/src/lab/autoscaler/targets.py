"""Write for Prometheus which replicas to scrape, by its file-based discovery."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.autoscaler import files


def write(
    folder: Path, service: str, addresses: Iterable[str], labels: Mapping[str, str] | None = None
) -> bool:
    """Write `<service>.json`; return whether it changed. `addresses` are `host:port`."""
    groups = [{"targets": sorted(addresses), **({"labels": labels} if labels else {})}]
    return files.replace(folder / f"{service}.json", json.dumps(groups) + "\n")
