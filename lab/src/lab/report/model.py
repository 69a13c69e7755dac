"""The words that every verdict and every page are made of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Comparison = Literal["at most", "at least", "exactly"]
Points = list[tuple[float, float]]
"""(seconds after the load began, value), in the order of time."""


class Model(BaseModel):
    """Frozen, and closed: a key that the schema does not name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(Model):
    """One thing that must hold."""

    name: str
    passed: bool
    measured: float | None = Field(description="Null: could not be measured, which fails")
    limit: float
    comparison: Comparison
    unit: str
    question: str = Field(description="What the check asks, in one sentence")


class Replicas(Model):
    """How many replicas there were from a moment on."""

    seconds: float = Field(description="After the load began")
    replicas: int


class ScaleStep(Model):
    """One decision of the scaler that asked for another number of replicas."""

    seconds: float = Field(description="After the load began")
    service: str
    usage: float | None = Field(description="Requests a second that the metric measured")
    current: int
    desired: int
    reason: str


class AnyVerdict(Model):
    """What every experiment's verdict has; each adds its own, and its name as `experiment`."""

    experiment: str
    passed: bool = Field(description="Every check passed")
    checks: list[Check]

    def remarks(self) -> list[str]:
        """Return sentences that a reader of the checks should know."""
        return []
