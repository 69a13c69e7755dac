"""Give Prometheus its real configuration and tell it where everything listens."""

from collections.abc import Collection
from pathlib import Path

from lab.autoscaler import targets
from lab.facts import HOST, WORKERS
from lab.paths import OBSERVABILITY
from lab.processes.layout import Layout
from lab.processes.ports import Ports


def write(ports: Ports, layout: Layout, extras: Collection[str] = ()) -> None:
    """Link Prometheus' configuration, rules and scrape files, and write all targets."""
    source = OBSERVABILITY / "prometheus"
    (layout.prometheus / "scrape").mkdir(parents=True)
    layout.targets.mkdir()
    for name in ("prometheus.yaml", "rules"):
        (layout.prometheus / name).symlink_to(source / name)
    folder = layout.prometheus / "scrape"
    names = ["lab", *(extra for extra in extras if extra != "consul")]
    if "consul" in extras:
        replicas = source / "scrape" / "by-consul" / "replicas.yaml"
        _discover(replicas, folder / "replicas.yaml", f"{HOST}:{ports.consul}")
    else:
        names.append("replicas")
    for name in names:
        (folder / f"{name}.yaml").symlink_to(source / "scrape" / f"{name}.yaml")
    # Prometheus resolves a scrape file's relative paths from that file's folder.
    (layout.prometheus / "scrape" / "targets").symlink_to(layout.targets)
    keys = {"victorialogs": {"__param_authKey": layout.password.read_text()}}
    for job, port in listeners(ports, extras).items():
        targets.write(layout.targets, job, [f"{HOST}:{port}"], keys.get(job, {}))


def _discover(source: Path, file: Path, consul: str) -> None:
    """Write a scrape file with this Consul's address in the place of the one on Docker."""
    file.write_text(source.read_text().replace("consul:8500", consul))


def listeners(ports: Ports, extras: Collection[str] = ()) -> dict[str, int]:
    """Return scrape job → port; from the start on the services' own are the autoscaler's."""
    added = {
        "rabbitmq": {
            "rabbitmq": ports.rabbitmq_metrics,
            **{worker: ports.replicas(worker)[0] for worker in WORKERS},
        },
    }
    more = {job: port for extra in extras for job, port in added.get(extra, {}).items()}
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
