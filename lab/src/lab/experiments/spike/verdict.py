"""The verdict of an experiment, as `verdict.json` has it; its schema is committed beside it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from lab.experiments.spike.plan import Phase
from lab.facts import Service
from lab.report.model import AnyVerdict, Check, Model, Replicas

SCHEMA_FILE = Path(__file__).with_name("verdict.schema.json")


class PhaseFigures(Model):
    """One service in one phase, as its clients saw it."""

    offered: int = Field(description="Requests that the users were due to send")
    served: int = Field(description="Requests sent in the phase that got the answer they asked for")
    errors: int = Field(description="Requests sent in the phase that failed or got no answer")
    p50_ms: float | None = Field(description="Null when no request was answered")
    p95_ms: float | None
    p99_ms: float | None


class Group(Model):
    """One of the two services: the target of the spike, or the control beside it."""

    service: Service
    requests: int = Field(description="All that were sent, those of the warm-up included")
    errors: int = Field(description="Those of them that failed or got no answer")
    phases: dict[Phase, PhaseFigures]
    replicas: list[Replicas] = Field(description="One entry for each change")
    first_scale_up_seconds: float | None = Field(
        description="From the begin of the spike to the first further replica; null: never"
    )
    recovered_seconds: float | None = Field(
        description="From the begin of the spike until p95 stayed under the objective; null: never"
    )


class Counts(Model):
    """The requests of one service as five independent signals counted them."""

    service: Service
    client: int = Field(description="Answers that Locust recorded")
    gateway: int = Field(description="traefik_entrypoint_requests_total")
    metrics: int = Field(description="http_server_request_duration_seconds_count")
    logs: int = Field(description="Canonical log lines in VictoriaLogs")
    spans: int = Field(description="SERVER spans that the collector counted before sampling")

    @property
    def difference(self) -> float:
        """The largest count minus the smallest, over the client's (1 when that is zero)."""
        counts = (self.client, self.gateway, self.metrics, self.logs, self.spans)
        spread = max(counts) - min(counts)
        return spread / self.client if self.client else 1.0


class ReplicaSeconds(Model):
    """What scaling one service saves. Both services' replicas count alike."""

    used: float = Field(description="Replicas of both services, added up over the seconds")
    together: float = Field(
        description="The same if each copy had to hold both: twice the larger of the two"
    )


class Verdict(AnyVerdict):
    """Whether one service scaled while the other stayed as it was."""

    experiment: Literal["spike"] = "spike"
    passed: bool = Field(description="Every check passed")
    autoscale: bool = Field(description="False: the scaler was off, so the verdict should fail")
    started: datetime
    seconds: float = Field(description="How long the load lasted")
    phase_starts: dict[str, float] = Field(description="Seconds after the load began, and its end")
    objective_ms: float
    target: Group
    control: Group
    checks: list[Check]
    agreement: list[Counts]
    replica_seconds: ReplicaSeconds
    machine_busy_percent: dict[Phase, float | None] = Field(
        description="Of all cores, by every process on the machine; near 100, latencies are its own"
    )


def schema() -> str:
    """Render the JSON Schema of `verdict.json`."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Verdict.model_json_schema(mode="serialization"), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
