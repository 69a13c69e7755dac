"""Give Prometheus its real configuration and tell it where everything listens."""

from collections.abc import Collection
from pathlib import Path

import yaml

from lab.autoscaler import targets
from lab.paths import OBSERVABILITY
from lab.stack.layout import Layout
from lab.stack.ports import HOST, WORKERS, Ports
from lab.stack.processes import SERVICES


def write(ports: Ports, layout: Layout, extras: Collection[str] = ()) -> None:
    """Link Prometheus' configuration, rules and scrape files, and write all targets."""
    source = OBSERVABILITY / "prometheus"
    (layout.prometheus / "scrape").mkdir(parents=True)
    layout.targets.mkdir()
    for name in ("prometheus.yaml", "rules"):
        (layout.prometheus / name).symlink_to(source / name)
    folder = layout.prometheus / "scrape"
    for name in ("lab", *extras):
        (folder / f"{name}.yaml").symlink_to(source / "scrape" / f"{name}.yaml")
    if "consul" in extras:
        _discover(folder / "lab.yaml", f"{HOST}:{ports.consul}")
    # Prometheus resolves a scrape file's relative paths from that file's folder.
    (layout.prometheus / "scrape" / "targets").symlink_to(layout.targets)
    for job, port in listeners(ports, extras).items():
        targets.write(layout.targets, job, [f"{HOST}:{port}"])


def _discover(file: Path, consul: str) -> None:
    """Replace a scrape file by one that finds the services' replicas in Consul."""
    config = yaml.safe_load(file.read_text())
    for job in config["scrape_configs"]:
        if (service := job["job_name"]) in SERVICES:
            del job["file_sd_configs"]
            found = {"server": consul, "services": [f"{service}-metrics"], "refresh_interval": "1s"}
            job["consul_sd_configs"] = [found]
            # A replica that was killed stays listed for a minute, as ill.
            ill = {"source_labels": ["__meta_consul_health"], "regex": "critical", "action": "drop"}
            job["relabel_configs"] = [ill]
    file.unlink()
    file.write_text(yaml.safe_dump(config, sort_keys=False))


def listeners(ports: Ports, extras: Collection[str] = ()) -> dict[str, int]:
    """Return scrape job → port; from the start on the services' own are the autoscaler's."""
    added = {
        "rabbitmq": {
            "rabbitmq": ports.rabbitmq_metrics,
            **{worker: ports.replicas(worker)[0] for worker in WORKERS},
        },
        "consul": {"consul": ports.consul},
    }
    more = {job: port for extra in extras for job, port in added[extra].items()}
    return more | {
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
