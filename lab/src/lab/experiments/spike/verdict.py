"""The verdict of a spike, as `verdict.json` has it; its schema is committed beside it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from lab.experiments.spike.plan import Phase
from lab.facts import Service
from lab.report.model import AnyVerdict, Model, Replicas

SCHEMA_FILE = Path(__file__).with_name("verdict.schema.json")
SIGNALS = ("client", "gateway", "metrics", "logs", "spans")


class PhaseFigures(Model):
    """One service in one phase, as its clients saw it. Latencies count from when it was due."""

    due: int = Field(description="Requests that were due in the phase, sent or not")
    missed: int = Field(description="Those never sent: their user still waited for an answer")
    served: int = Field(description="Those that got the answer they asked for")
    errors: int = Field(description="Those that were sent and failed or got no answer")
    p50_ms: float | None = Field(description="Null when nothing was due")
    p95_ms: float | None
    p99_ms: float | None
    worst_ms: float | None
    sent_p95_ms: float | None = Field(
        description="The p95 from when they were sent, for comparison: it hides what was not sent"
    )


class MeanTimes(Model):
    """Where the time of a mean request went in one phase, in milliseconds; null: not known."""

    late_ms: float | None = Field(description="From when it was due to when Locust sent it")
    client_to_gateway_ms: float | None = Field(description="The client's time less the gateway's")
    gateway_to_service_ms: float | None = Field(description="The gateway's less the service's")
    supplier_ms: float | None = Field(description="The simulated supplier's spans")
    own_ms: float | None = Field(description="The service's SERVER spans less the supplier's")
    run_queue_ms: float | None = Field(
        description="Of all this, threads of Locust, gateway and replica waited for a core: "
        "the machine's part. Known where the stack runs on this machine"
    )


class Group(Model):
    """One of the two services: the target of the spike, or the control beside it."""

    service: Service
    requests: int = Field(description="All that were sent, those of the warm-up included")
    errors: int = Field(description="Those of them that failed or got no answer")
    phases: dict[Phase, PhaseFigures]
    times: dict[Phase, MeanTimes]
    replicas: list[Replicas] = Field(description="One entry for each change")
    first_scale_up_seconds: float | None = Field(
        description="From the begin of the spike to the first further replica; null: never"
    )
    recovered_seconds: float | None = Field(
        description="From the begin of the spike until p95 stayed under the objective; null: never"
    )


class Mismatch(Model):
    """One kind of request that signals count differently."""

    method: str
    route: str = Field(description="Empty where the gateway is compared: it knows no routes")
    status: str
    counts: dict[str, int] = Field(description="By signal")


class Counts(Model):
    """The requests of one service in five signals.

    Three of them, metrics, logs and spans, come from one measurement in the service: the finished
    SERVER span. They show that nothing was lost on three ways; client and gateway measure apart.
    """

    service: Service
    client: int = Field(description="Requests that Locust sent")
    gateway: int = Field(description="traefik_entrypoint_requests_total")
    metrics: int = Field(description="http_server_request_duration_seconds_count")
    logs: int = Field(description="Canonical log lines in VictoriaLogs")
    spans: int = Field(description="SERVER spans that the collector counted before sampling")
    apart: int = Field(description="Requests that not all signals have, by route and status")
    mismatches: list[Mismatch] = Field(description="Which these are; the first ten")


class Durations(Model):
    """The mean duration of the same requests, as two programs measured it."""

    service: Service
    gateway_ms: float | None = Field(description="traefik_entrypoint_request_duration_seconds")
    service_ms: float | None = Field(description="http_server_request_duration_seconds")

    @property
    def difference_ms(self) -> float | None:
        """What the gateway measured beyond the service."""
        if self.gateway_ms is None or self.service_ms is None:
            return None
        return round(self.gateway_ms - self.service_ms, 3)


class ReplicaSources(Model):
    """The most replicas of one service at once, as three sources have it; null: no samples."""

    service: Service
    scaler: int | None = Field(description="kube_deployment_status_replicas: what the scaler says")
    scraped: int | None = Field(description="up: those that answered Prometheus at one time")
    served: int | None = Field(description="Those whose count of requests rose in one window")
    longest_gap_seconds: float | None = Field(
        description="The longest time without a sample of the scaler's count or of any `up`"
    )

    @property
    def apart(self) -> int | None:
        """The largest of the three less the smallest."""
        counts = (self.scaler, self.scraped, self.served)
        known = [count for count in counts if count is not None]
        return max(known) - min(known) if len(known) == len(counts) else None


class ReplicaSeconds(Model):
    """What scaling one service saves. Both services' replicas count alike."""

    used: float = Field(description="Replicas of both services, added up over the seconds")
    together: float = Field(
        description="The same if each copy had to hold both: twice the larger of the two"
    )


class Load(Model):
    """What the load generator did, apart from what it was answered."""

    kind: Literal["closed"] = Field(
        default="closed",
        description="A user waits for its answer; latency counts from its timetable all the same",
    )
    lasted_seconds: float | None = Field(description="Null: it did not end when it should have")
    offered_percent: float | None = Field(
        description="Requests due, of those that the plan asks for: the least of all phases"
    )
    lateness_ms: float | None = Field(description="The most by which Locust itself woke late")


class MachinePhase(Model):
    """The machine in one phase; null where it was not measured."""

    busy_percent: float | None = Field(description="Of all cores, by every process")
    pressure_percent: float | None = Field(
        description="Of the time, that something waited for a core: /proc/pressure/cpu"
    )


class Machine(Model):
    """How calm the machine was that ran the load. It loosens no limit."""

    calm: bool = Field(description="No other work before the load began")
    busy_before_percent: float | None = Field(description="When it was not calm: how busy it was")
    phases: dict[Phase, MachinePhase]


class Verdict(AnyVerdict):
    """Whether one service scaled while the other stayed as it was."""

    experiment: Literal["spike"] = "spike"
    autoscale: bool = Field(description="False: the scaler was off, so the verdict should fail")
    started: datetime
    seconds: float = Field(description="How long the load was to last, from the first user on")
    phase_starts: dict[str, float] = Field(description="Seconds after the load began, and its end")
    objective_ms: float
    load: Load
    target: Group
    control: Group
    agreement: list[Counts]
    durations: list[Durations]
    replica_sources: list[ReplicaSources]
    replica_seconds: ReplicaSeconds
    machine: Machine

    def remarks(self) -> list[str]:
        """Say what of the control's latency was the machine's, and that it was not calm."""
        service, times = self.control.service, self.control.times["spike"]
        said = []
        if not self.machine.calm:
            busy = self.machine.busy_before_percent
            said.append(f"The machine was not calm: {busy:.0f} % busy before the load began.")
        if times.run_queue_ms is not None and times.own_ms is not None:
            said.append(
                f"In the spike a mean request to {service} waited {times.run_queue_ms:.1f} ms for "
                f"a core of this machine; {service}'s own work took {times.own_ms:.1f} ms."
            )
        return said


def schema() -> str:
    """Render the JSON Schema of `verdict.json`."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Verdict.model_json_schema(mode="serialization"), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
