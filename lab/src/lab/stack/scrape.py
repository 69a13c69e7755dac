"""Give Prometheus its real configuration and tell it where everything listens."""

from lab.autoscaler import targets
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
    for job, port in listeners(ports).items():
        targets.write(layout.targets, job, [f"{HOST}:{port}"])


def listeners(ports: Ports) -> dict[str, int]:
    """Return scrape job → port; from the start on the services' two are the autoscaler's."""
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
