"""Give Prometheus its real configuration and tell it where everything listens."""

import json
from pathlib import Path

from lab.paths import OBSERVABILITY
from lab.stack.layout import Layout
from lab.stack.ports import HOST, Ports


def write(ports: Ports, layout: Layout) -> None:
    """Link Prometheus' configuration, rules and the lab's scrape file, and write all targets."""
    source = OBSERVABILITY / "prometheus"
    (layout.prometheus / "scrape").mkdir(parents=True)
    layout.targets.mkdir()
    for name in ("prometheus.yaml", "rules"):
        (layout.prometheus / name).symlink_to(source / name)
    (layout.prometheus / "scrape" / "lab.yaml").symlink_to(source / "scrape" / "lab.yaml")
    # Prometheus resolves a scrape file's relative paths from that file's folder.
    (layout.prometheus / "scrape" / "targets").symlink_to(layout.targets)
    for job, port in targets(ports).items():
        write_targets(layout.targets / f"{job}.json", [port])


def targets(ports: Ports) -> dict[str, int]:
    """Scrape job → port at start. The two services' files are the autoscaler's from then on."""
    return {
        "laptops": ports.laptops_replicas,
        "port": ports.port_replicas,
        "gateway": ports.gateway_internal,
        "autoscaler": ports.autoscaler,
        "otel-collector": ports.collector_metrics,
        "jaeger": ports.jaeger_metrics,
        "victorialogs": ports.victorialogs,
        "prometheus": ports.prometheus,
        "locust": ports.locust_metrics,
    }


def write_targets(file: Path, ports: list[int]) -> None:
    """Write one file_sd file in one step; Prometheus may read it at any time."""
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(json.dumps([{"targets": [f"{HOST}:{port}" for port in ports]}]))
    unfinished.replace(file)
