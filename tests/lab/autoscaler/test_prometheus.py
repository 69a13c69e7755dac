"""A trigger's value: what KEDA would make of Prometheus' answer, and of its silence."""

from collections.abc import Callable

import httpx
import pytest

from lab.autoscaler.model import Reading, TargetType
from lab.autoscaler.prometheus import Ask, Prometheus, QueryError, TriggerReader, value_of
from lab.autoscaler.scaledobject import Fallback, Trigger, TriggerMetadata


def answer(*values: str) -> object:
    return {"data": {"result": [{"metric": {}, "value": [0, value]} for value in values]}}


@pytest.mark.parametrize(
    ("given", "value"),
    [(answer("12.5"), 12.5), (answer(), 0.0), (answer("+Inf"), 0.0), (answer("-Inf"), 0.0)],
)
def test_one_value_counts_and_none_is_zero(given: object, value: float) -> None:
    assert value_of(given, ignore_null=True) == value


@pytest.mark.parametrize(
    ("given", "ignore_null", "why"),
    [
        (answer(), False, "no value"),
        (answer("+Inf"), False, "no value"),
        (answer("1", "2"), True, "several series"),
        (answer("NaN"), True, "NaN"),
    ],
)
def test_what_is_not_one_number_is_refused(given: object, ignore_null: bool, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        value_of(given, ignore_null=ignore_null)


def trigger(kind: TargetType = TargetType.AVERAGE_VALUE) -> Trigger:
    metadata = TriggerMetadata(server_address="http://elsewhere", query="up", threshold="20")  # type: ignore[arg-type]
    return Trigger(type="prometheus", metric_type=kind, metadata=metadata)


def failing(_: str) -> object:
    raise QueryError("away")


def read(reader: TriggerReader, ask: Ask, *, spec: int = 3, ready: int = 2) -> Reading:
    return reader.read(ask, spec_replicas=spec, ready_replicas=ready)


def test_a_value_is_kept_in_whole_thousandths() -> None:
    assert read(TriggerReader(trigger(), None), lambda _: answer("1.23456")) == Reading(1234)


def test_the_policys_query_is_asked() -> None:
    asked: list[str] = []

    def ask(query: str) -> object:
        asked.append(query)
        return answer("1")

    read(TriggerReader(trigger(), None), ask)
    assert asked == ["up"]


def test_without_a_fallback_a_failure_is_no_reading() -> None:
    reader = TriggerReader(trigger(), None)
    assert [read(reader, failing) for _ in range(9)] == [Reading(None, "away")] * 9


@pytest.mark.parametrize(
    ("behavior", "replicas"),
    [
        ("static", 5),
        ("currentReplicas", 3),
        ("currentReplicasIfHigher", 5),
        ("currentReplicasIfLower", 3),
    ],
)
def test_too_many_failures_fall_back_to_so_many_replicas(behavior: str, replicas: int) -> None:
    fallback = Fallback(failure_threshold=2, replicas=5, behavior=behavior)  # type: ignore[arg-type]
    reader = TriggerReader(trigger(), fallback)
    readings = [read(reader, failing) for _ in range(3)]
    assert readings == [Reading(None, "away")] * 2 + [Reading(20_000 * replicas, "away")]


def test_a_success_forgets_the_failures() -> None:
    reader = TriggerReader(trigger(), Fallback(failure_threshold=1, replicas=5))
    read(reader, failing)
    read(reader, lambda _: answer("1"))
    assert read(reader, failing) == Reading(None, "away")


def test_a_value_target_falls_back_by_ready_replica() -> None:
    reader = TriggerReader(trigger(TargetType.VALUE), Fallback(failure_threshold=0, replicas=5))
    assert read(reader, failing, ready=2) == Reading(50_000, "away")
    assert read(reader, failing, ready=0) == Reading(None, "away")


def answering(handler: Callable[[httpx.Request], httpx.Response]) -> Prometheus:
    transport = httpx.MockTransport(handler)
    return Prometheus(httpx.Client(base_url="http://prometheus", transport=transport))


def test_prometheus_is_asked_by_its_query_api() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, request.url.params["query"]) == ("/api/v1/query", "up")
        return httpx.Response(200, json=answer("7"))

    assert value_of(answering(serve)("up"), ignore_null=False) == 7.0


@pytest.mark.parametrize(
    "response",
    [httpx.Response(503), httpx.Response(400, json={"status": "error"}), httpx.Response(200)],
)
def test_any_other_answer_is_no_answer(response: httpx.Response) -> None:
    with pytest.raises(QueryError, match="Prometheus gave no answer"):
        answering(lambda _: response)("up")


def test_a_prometheus_that_is_away_is_no_answer() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(QueryError, match="Prometheus gave no answer: connection refused"):
        answering(refuse)("up")
