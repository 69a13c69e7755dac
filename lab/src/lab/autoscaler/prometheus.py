"""Ask Prometheus for a trigger's value, and take its answer as KEDA's prometheus scaler does."""

import math
from collections.abc import Callable
from typing import Any

import httpx

from lab.autoscaler.model import Reading, TargetType
from lab.autoscaler.scaledobject import Fallback, Trigger

Ask = Callable[[str], Any]
"""Takes a query, returns the decoded answer of `/api/v1/query`. Raises QueryError."""


class QueryError(Exception):
    """Prometheus gave no value that can be used."""


class Prometheus:
    """One Prometheus, by a client whose base URL is its address."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, query: str) -> Any:  # noqa: ANN401 - decoded JSON
        """Evaluate an instant query now. Raises QueryError when Prometheus is away or refuses."""
        try:
            answer = self._client.get("/api/v1/query", params={"query": query})
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise QueryError(
                f"Prometheus gave no answer: {error or type(error).__name__}"
            ) from error


def value_of(answer: Any, *, ignore_null: bool) -> float:  # noqa: ANN401 - decoded JSON
    """Return the one value of an answer.

    With `ignore_null`, an empty or infinite result is 0. Raises QueryError for any other result
    that is not one number; NaN too, which KEDA would turn into a nonsense integer.
    """
    result = answer["data"]["result"]
    if len(result) > 1:
        raise QueryError("the query returned several series; it must return one")
    value = float(result[0]["value"][1]) if result else math.inf
    if math.isinf(value):
        if ignore_null:
            return 0.0
        raise QueryError("the query returned no value")
    if math.isnan(value):
        raise QueryError("the query returned NaN")
    return value


class TriggerReader:
    """Reads one trigger, and falls back as the policy says once it has failed too often."""

    def __init__(self, trigger: Trigger, fallback: Fallback | None) -> None:
        self._trigger, self._fallback = trigger, fallback
        self._failures = 0

    def read(self, ask: Ask, *, spec_replicas: int, ready_replicas: int) -> Reading:
        """Return the trigger's value in thousandths, or why there is none."""
        metadata = self._trigger.metadata
        try:
            answer = ask(metadata.query)
            value = value_of(answer, ignore_null=metadata.ignore_null_values)
        except QueryError as error:
            self._failures += 1
            return self._without_value(str(error), spec_replicas, ready_replicas)
        self._failures = 0
        return Reading(int(value * 1000))

    def _without_value(self, error: str, spec_replicas: int, ready_replicas: int) -> Reading:
        fallback = self._fallback
        if fallback is None or self._failures <= fallback.failure_threshold:
            return Reading(None, error)
        replicas = float(_fallback_replicas(fallback, spec_replicas))
        if self._trigger.metric_type is TargetType.VALUE:
            if not ready_replicas:
                return Reading(None, error)
            replicas /= ready_replicas
        return Reading(int(self._trigger.metadata.threshold * 1000 * replicas), error)


def _fallback_replicas(fallback: Fallback, current: int) -> int:
    match fallback.behavior:
        case "static":
            return fallback.replicas
        case "currentReplicas":
            return current
        case "currentReplicasIfHigher":
            return max(current, fallback.replicas)
        case "currentReplicasIfLower":
            return min(current, fallback.replicas)
