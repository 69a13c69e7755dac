"""The autoscaler's settings. `lab.stack` fills it from its ports and its state directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.facts import HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Addresses, files and periods of one autoscaler. All addresses are on loopback."""

    policies: tuple[Path, ...]
    """One KEDA ScaledObject for each service; its `metadata.name` is the service's name."""
    base_ports: Mapping[str, int]
    """Service name → port of its replica 0; replica i listens on that port plus i."""
    inside: frozenset[str] = frozenset()
    """Services to which no way leads from the gateway, such as workers."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Service name → where its replicas are when each has a host of its own, on `base_ports`: a
    template such as `laptop-lab-laptops-{number}`, in which the first replica's number is 1."""
    metrics_host: str = HOST
    supervisor_socket: Path
    """The unix socket of process-compose; replica i of `laptops` is its process `laptops-i`."""
    prometheus_url: str
    gateway_url: str
    """Traefik's `internal` entry point, on which the autoscaler publishes Traefik's own API."""
    gateway_file: Path
    """The file that Traefik's file provider watches."""
    targets_dir: Path
    """Where Prometheus' file_sd looks; one `<service>.json` is kept there for each service."""
    metrics_port: int = 9095
    namespace: str = "laptop-lab"
    sync_seconds: float = 5.0
    """How often each policy is evaluated. Kubernetes' own default is 15 seconds."""
    reconcile_seconds: float = 0.5
    """How often the wanted replicas are compared with the running ones."""
    rest_seconds: float = 2.5
    """How often, when there was nothing to do: to look costs the supervisor some CPU each time."""
    hold: bool = False
    """Compute and publish every decision, act on none."""
    otlp_endpoint: str = ""
    """Base URL of a collector's OTLP receiver over HTTP; empty: decisions are logged on stdout."""
