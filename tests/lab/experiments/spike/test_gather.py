from typing import Any

import httpx
from tests.lab.experiments.spike.a_run import PLAN, SPIKE_AT, SPIKE_END, client_log, evidence
from tests.lab.experiments.spike.a_story import RECORD
from tests.lab.experiments.spike.jaeger_trace import trace

from lab.engines.endpoints import Endpoints
from lab.experiments.measure.backends import Backends
from lab.experiments.spike.gather import curves, failed, gather, log_lines, slowest


def test_the_slowest_of_both_services_are_chosen_the_slowest_first() -> None:
    chosen = slowest(client_log())
    latencies = [request.latency_ms for request in chosen]
    assert latencies == sorted(latencies, reverse=True)
    assert [request.service for request in chosen] == ["laptops"] * 3 + ["port"] * 3


def test_only_requests_that_failed_are_told_as_failed() -> None:
    assert failed(client_log()) == []
    assert {request.error for request in failed(client_log(failures=9))} == {"timed out"}


def test_curves_share_one_time_axis() -> None:
    drawn = curves(evidence(), "laptops")
    assert drawn.users == [(0, 10), (SPIKE_AT, 100), (SPIKE_END, 10)]
    assert len(drawn.rate) == PLAN.seconds
    assert drawn.p95[-1][0] <= PLAN.seconds
    assert [count for _, count in drawn.replicas] == [1, 2, 4, 5, 1]


def test_log_lines_are_in_order_and_without_noise() -> None:
    later = RECORD | {"_time": "2025-11-24T16:01:34.000Z", "_stream_id": "0000"}
    lines = log_lines([later, RECORD])
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert all("_stream_id" not in line.fields for line in lines)
    assert lines[0].fields["duration_s"] == "0.115"


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.startswith("/api/traces/"):
        kept = not request.url.path.endswith("0")
        document: dict[str, Any] = {"data": [trace()] if kept else []}
        return httpx.Response(200 if kept else 404, json=document)
    return httpx.Response(200, text="")


def test_a_request_without_trace_and_logs_is_still_told() -> None:
    with Backends(Endpoints(), httpx.Client(transport=httpx.MockTransport(answer))) as backends:
        story = gather(evidence(), backends)
    spans = [len(told.spans) for told in story.slowest]
    assert set(spans) <= {0, 4}
    assert [told.logs for told in story.slowest] == [[]] * 6
