"""One request through the running stack, found again in every signal."""

import re
import time
from typing import Any

import httpx
import psutil
import pytest

from lab.processes import leftovers
from lab.stack.running import RunningStack

from .backends import eventually
from .otlp import Reader

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ARTICLE = [(1, "Lenovo", "S3"), (2, "Dell", "Latitude 3.0")]


@pytest.fixture(scope="module")
def answer(running_stack: RunningStack) -> httpx.Response:
    """The answer to a request that asks for its trace."""
    url = f"{running_stack.urls.laptops}/laptops"
    return httpx.get(url, headers={"x-trace": "keep"}).raise_for_status()


@pytest.fixture(scope="module")
def trace_id(answer: httpx.Response) -> bytes:
    return bytes.fromhex(answer.headers["traceresponse"].split("-")[1])


@pytest.fixture
def read(running_stack: RunningStack) -> Reader:
    return Reader(running_stack.urls)


def tags(span: dict[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def test_the_gateway_gives_the_articles_list(answer: httpx.Response) -> None:
    assert [(item["id"], item["title"], item["model"]) for item in answer.json()] == ARTICLE


def test_its_trace_goes_from_the_gateway_to_the_database(read: Reader, trace_id: bytes) -> None:
    trace = eventually(
        lambda: read.trace(trace_id), until=lambda found: bool(found) and len(found["spans"]) >= 4
    )
    assert trace
    services = {process["serviceName"] for process in trace["processes"].values()}
    assert services == {"gateway", "laptops"}
    [server] = [s for s in trace["spans"] if s["operationName"] == "GET /laptops"]
    assert tags(server)["http.route"] == "/laptops"
    assert any(tags(span).get("db.system.name") == "sqlite" for span in trace["spans"])


def test_the_gateway_records_that_the_request_asked_for_its_trace(
    read: Reader, trace_id: bytes
) -> None:
    trace = eventually(lambda: read.trace(trace_id))
    assert trace
    asked = [tags(span).get("http.request.header.x-trace") for span in trace["spans"]]
    assert any("keep" in str(value) for value in asked if value)


def test_its_log_line_bears_the_same_id(read: Reader, trace_id: bytes) -> None:
    [line] = eventually(lambda: read.log_lines(f"trace_id:{trace_id.hex()}"))
    assert (line["event_name"], line["service.name"]) == ("http.request", "laptops")


def test_its_log_line_reads_as_a_sentence(read: Reader, trace_id: bytes) -> None:
    [line] = eventually(lambda: read.log_lines(f"trace_id:{trace_id.hex()}"))
    assert line["_msg"] == f"GET /laptops 200 {round(1000 * float(line['duration_s']))} ms"


def test_an_exemplar_leads_from_the_histogram_to_a_trace(
    running_stack: RunningStack, answer: httpx.Response
) -> None:
    assert answer.is_success
    ask = {
        "query": "http_server_request_duration_seconds_bucket",
        "start": "0",
        "end": "4000000000",
    }

    def exemplars() -> str:
        return httpx.get(f"{running_stack.urls.prometheus}/api/v1/query_exemplars", params=ask).text

    assert eventually(exemplars, until=lambda text: "trace_id" in text)
    assert re.search(r'"trace_id":"[0-9a-f]{32}"', exemplars())


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/ping", "/api/rawdata"])
def test_what_is_private_stays_inside(running_stack: RunningStack, path: str) -> None:
    assert httpx.get(running_stack.urls.laptops + path).status_code == 404
    assert httpx.get(running_stack.urls.port + path).status_code == 404


def test_everything_is_scraped(read: Reader) -> None:
    down = 'up{job!="locust"} == 0'
    count = 'count(up{job!="locust"})'
    assert eventually(lambda: read.metric(count), until=lambda n: n >= 8) >= 8
    assert eventually(lambda: read.series(down), until=lambda found: not found) == []


def test_jaeger_monitors_the_services_by_their_span_metrics(running_stack: RunningStack) -> None:
    def calls() -> list[Any]:
        httpx.get(f"{running_stack.urls.laptops}/laptops")
        url = f"{running_stack.urls.jaeger}/api/metrics/calls"
        ask = {"service": "laptops", "spanKind": "server", "lookback": "600000"}
        return list(httpx.get(url, params=ask).json()["metrics"])

    assert eventually(calls)


def test_jaegers_latencies_are_milliseconds(running_stack: RunningStack) -> None:
    """The page shows what this API returns and calls it milliseconds."""
    ask = {
        "service": "laptops",
        "spanKind": "server",
        "quantile": "0.95",
        "lookback": "600000",
        "step": "5000",
        "ratePer": "600000",
    }

    def p95() -> list[float]:
        httpx.get(f"{running_stack.urls.laptops}/laptops")
        found = httpx.get(f"{running_stack.urls.jaeger}/api/metrics/latencies", params=ask).json()
        points = [point for metric in found["metrics"] for point in metric["metricPoints"]]
        values = [float(point["gaugeValue"]["doubleValue"]) for point in points]
        return [value for value in values if value > 0]

    seen = eventually(p95)
    # The simulated supplier takes 200 ms, and the next bucket ends at 500.
    assert 100 < max(seen) < 500


def test_jaeger_knows_who_calls_whom(running_stack: RunningStack, trace_id: bytes) -> None:
    assert eventually(lambda: Reader(running_stack.urls).trace(trace_id))
    url = f"{running_stack.urls.jaeger}/api/dependencies"
    ask = {"endTs": str(int(time.time() * 1000) + 1000), "lookback": "600000"}

    def edges() -> set[tuple[str, str]]:
        found = httpx.get(url, params=ask).json()["data"]
        return {(edge["parent"], edge["child"]) for edge in found}

    assert ("gateway", "laptops") in eventually(edges)


def test_every_listener_is_on_loopback(running_stack: RunningStack) -> None:
    processes = leftovers.find(running_stack.state)
    listening = [
        connection.laddr
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 15
    assert {str(address[0]) for address in listening} == {"127.0.0.1"}
