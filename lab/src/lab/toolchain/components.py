"""The programs the lab runs beside its services: which versions will do, and how each is built.

Each is pinned by a Go module in the checkout (go.mod and go.sum). The versions and build tags here
are known to build together with nothing but Go.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab.paths import OBSERVABILITY

Version = tuple[int, ...]

FLAGS = ("-trimpath", "-ldflags", "-s -w")
"""Small, reproducible binaries: no build paths, no debug tables."""

# Prometheus compiles a client for every cloud it can discover. The lab discovers from files, which
# no tag removes; Consul and Kubernetes stay because the other ways to run this project use them.
PROMETHEUS_TAGS = ("remove_all_sd", "enable_consul_sd", "enable_kubernetes_sd")


@dataclass(frozen=True, kw_only=True)
class Component:
    """A program, its pinned source, and the versions of it that are good enough when on PATH.

    `version` is what a build from `module` gives. A program found on PATH under one of `names` is
    used when `minimum <= its version < below`.
    """

    name: str
    version: str
    module: Path
    package: str
    minimum: Version
    below: Version
    names: tuple[str, ...]
    version_command: tuple[str, ...] = ("--version",)
    tags: tuple[str, ...] = ()
    seconds: int
    """How long a first build takes on two cores."""

    @property
    def key(self) -> str:
        """Version and content of the pinned source: a changed pin is a different build."""
        digest = hashlib.sha256(" ".join((self.package, *self.tags, *FLAGS)).encode())
        for source in sorted(
            p for p in self.module.iterdir() if p.suffix in {".mod", ".sum", ".go"}
        ):
            digest.update(source.read_bytes())
        return f"{self.version}-{digest.hexdigest()[:8]}"


COLLECTOR = Component(
    name="otelcol-lab",
    version="0.155.0",
    module=OBSERVABILITY / "otel-collector" / "distribution",
    package=".",
    names=("otelcol-lab", "otelcol-contrib"),
    minimum=(0, 155, 0),
    below=(0, 160),
    seconds=172,
)
JAEGER = Component(
    name="jaeger",
    version="2.13.0",
    module=OBSERVABILITY / "jaeger",
    package="github.com/jaegertracing/jaeger/cmd/jaeger",
    names=("jaeger",),
    version_command=("version",),
    minimum=(2, 13),
    below=(3,),
    seconds=275,
)
PROMETHEUS = Component(
    name="prometheus",
    version="3.16.0",
    module=OBSERVABILITY / "prometheus",
    package="github.com/prometheus/prometheus/cmd/prometheus",
    names=("prometheus",),
    minimum=(3, 8),
    below=(4,),
    tags=PROMETHEUS_TAGS,
    seconds=178,
)
PROMTOOL = Component(
    name="promtool",
    version="3.16.0",
    module=OBSERVABILITY / "prometheus",
    package="github.com/prometheus/prometheus/cmd/promtool",
    names=("promtool",),
    minimum=(3, 8),
    below=(4,),
    tags=PROMETHEUS_TAGS,
    seconds=6,
)
VICTORIALOGS = Component(
    name="victoria-logs",
    version="1.52.1",
    module=OBSERVABILITY / "victorialogs",
    package="github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs",
    names=("victoria-logs", "victoria-logs-prod"),
    minimum=(1, 40),
    below=(2,),
    seconds=30,
)
PROCESS_COMPOSE = Component(
    name="process-compose",
    version="1.64.1",
    module=Path(__file__).parent / "process-compose",
    package="github.com/f1bonacc1/process-compose/src",
    names=("process-compose",),
    version_command=("version",),
    minimum=(1, 64),
    below=(2,),
    seconds=35,
)

BUILT = (PROCESS_COMPOSE, COLLECTOR, VICTORIALOGS, PROMETHEUS, PROMTOOL, JAEGER)
"""Every component that is built when it is not found, cheapest failures first."""

TRAEFIK = "traefik"
TRAEFIK_MINIMUM: Version = (3, 5)
TRAEFIK_BELOW: Version = (4,)
