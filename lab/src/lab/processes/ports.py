"""Every port of the lab, in one place. All listeners are on loopback."""

import os
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Self

from lab.errors import LabError
from lab.facts import EXTRAS, PORTS, SERVICES, WORKERS

MAX_REPLICAS = 8
OFFSET_VARIABLE = "LAB_PORT_OFFSET"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports of one stack. `shifted` moves all, so that two stacks can run side by side."""

    laptops: int = PORTS["laptops"]
    port: int = PORTS["port"]
    gateway_internal: int = 5080
    laptops_replicas: int = 15000
    """Replica i listens on this port plus i; the same holds for `port_replicas`."""
    port_replicas: int = 15100
    otlp_grpc: int = 4317
    otlp_http: int = 4318
    collector_metrics: int = 8888
    collector_health: int = 13133
    jaeger: int = 16686
    jaeger_grpc: int = 16685
    jaeger_otlp_grpc: int = 14317
    jaeger_otlp_http: int = 14318
    jaeger_metrics: int = 18888
    jaeger_health: int = 13134
    prometheus: int = 9090
    victorialogs: int = 9428
    autoscaler: int = 9095
    locust: int = 8089
    locust_metrics: int = 9646
    rabbitmq: int = 5672
    rabbitmq_management: int = 15672
    rabbitmq_metrics: int = 15692
    rabbitmq_distribution: int = 15693
    rabbitmq_epmd: int = 15694
    laptops_worker_replicas: int = 15200
    port_worker_replicas: int = 15300
    consul: int = 8500
    consul_server: int = 8300
    consul_serf: int = 8301

    @classmethod
    def shifted(cls, offset: int) -> Self:
        """Return all default ports plus `offset`."""
        return cls(**{field.name: int(field.default) + offset for field in fields(cls)})  # type: ignore[arg-type]

    @classmethod
    def from_env(cls) -> Self:
        """Shift by `LAB_PORT_OFFSET`, 0 when unset. Raises LabError when it is no number."""
        text = os.environ.get(OFFSET_VARIABLE, "0")
        try:
            offset = int(text)
        except ValueError:
            raise LabError(f"{OFFSET_VARIABLE} must be a whole number, not {text!r}.") from None
        if not 0 <= offset <= 40000:
            raise LabError(f"{OFFSET_VARIABLE} must be from 0 to 40000, not {offset}.")
        return cls.shifted(offset)

    def replicas(self, service: str) -> range:
        """Return the ports that replicas of `service` may use, replica 0 first.

        A worker, `laptops-worker`, is a service in this respect.
        """
        base: int = getattr(self, f"{service.replace('-', '_')}_replicas")
        return range(base, base + MAX_REPLICAS)

    def listeners(self, extras: Collection[str] = ()) -> dict[int, str]:
        """Return each port that `lab up` opens, with what opens it; Locust opens its own.

        `extras` are what `--with` names.
        """
        absent = {"locust", *(extra for extra in EXTRAS if extra not in extras)}
        services = [*SERVICES, *(WORKERS if "rabbitmq" in extras else ())]
        named = {
            port: name
            for name, port in asdict(self).items()
            if not name.endswith("_replicas") and name.partition("_")[0] not in absent
        }
        for service in services:
            named |= {p: f"{service} replica {i}" for i, p in enumerate(self.replicas(service))}
        return named
