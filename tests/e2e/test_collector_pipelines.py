"""What each of the collector's pipelines does, with real OTLP in and real stores behind it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab.stack.options import Options

from .backends import Backends, eventually, exactly, running_backends
from .conftest import free_ports
from .otlp import Reader, Sender, log, span

pytestmark = pytest.mark.e2e

SHARE = 20

SECRETS = {
    "app.session_token": "s3cr3t-session-value",
    "http.request.header.authorization": "Basic bGFwdG9wczpzZWNyZXQ=",
    "db.password": "hunter2-hunter2",
    "note.bearer": "sent Bearer abcdef0123456789abcdef with it",
    "note.jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "url.query": "limit=5&api_key=AAAABBBBCCCCDDDD&after=2",
    "db.url": "postgresql://lab:tops3cret@127.0.0.1/laptops",
    "user.contact": "write to jane.doe+lab@mail.example.org today",
    "payment.card": "4111 1111 1111 1111",
    "payment.card_number": 5500005555555559,
    "payment.account": "DE89370400440532013000",
    "cloud.key": "AKIAIOSFODNN7EXAMPLE",
    "git.remote": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
}
PLANTED = (
    "s3cr3t-session-value",
    "bGFwdG9wczpzZWNyZXQ",
    "hunter2-hunter2",
    "abcdef0123456789abcdef",
    "dozjgNryP4J3jVmNHl0w5N",
    "AAAABBBBCCCCDDDD",
    "tops3cret",
    "jane.doe",
    "4111 1111",
    "5500005555555559",
    "DE89370400440532013000",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_abcdefghijklmnopqrstuvwxyz",
)


@pytest.fixture(scope="module")
def backends(
    tmp_path_factory: pytest.TempPathFactory, programs: dict[str, Path]
) -> Iterator[Backends]:
    options = Options(
        state=tmp_path_factory.mktemp("pipelines"), ports=free_ports(), sampled_percent=SHARE
    )
    with running_backends(options, programs) as running:
        yield running


@pytest.fixture
def sender(backends: Backends, request: pytest.FixtureRequest) -> Sender:
    """A service named after the test, so that tests do not see each other's data."""
    return Sender(backends.urls.otlp_http, service=request.node.name)


@pytest.fixture
def read(backends: Backends) -> Reader:
    return Reader(backends.urls)


def test_secrets_and_personal_data_reach_no_store(sender: Sender, read: Reader) -> None:
    trace_id = os.urandom(16)
    sender.spans(
        [
            span(
                "GET /laptops for jane.doe@example.org",
                trace_id=trace_id,
                error=True,
                message="no user jane.doe@example.org, password=hunter2-hunter2",
                attributes=SECRETS,
                event={"exception.message": "card 4111 1111 1111 1111 of jane.doe@example.org"},
            )
        ]
    )
    body = f"refused jane.doe@example.org: {SECRETS['note.bearer']}, {SECRETS['db.url']}"
    sender.logs([log(body, trace_id=trace_id, attributes=SECRETS)])

    trace = eventually(lambda: read.trace(trace_id))
    lines = eventually(lambda: read.log_lines(f"trace_id:{trace_id.hex()}"))
    assert trace
    assert lines
    for planted in PLANTED:
        assert planted not in json.dumps(trace), "in Jaeger"
        assert planted not in json.dumps(lines), "in VictoriaLogs"
    eventually(lambda: read.series('traces_span_metrics_calls_total{span_name=~".*for.*"}'))
    assert read.series('traces_span_metrics_calls_total{span_name=~".*jane.*"}') == []


def test_what_is_no_secret_survives_redaction(sender: Sender, read: Reader) -> None:
    trace_id, request_id = os.urandom(16), "4111111111111111"
    plain = {
        "http.route": "/laptops/{id}",
        "url.path": "/laptops/17",
        "http.response.status_code": 500,
        "db.query.text": "SELECT laptops.id FROM laptops WHERE laptops.id = ?",
        "trace_id": trace_id.hex(),
        "span_id": request_id,
        "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) python-httpx/0.28.1",
        "thread.token_bucket": "full",
    }
    sender.spans([span(trace_id=trace_id, error=True, attributes=plain)])
    sender.logs([log(trace_id=trace_id, attributes=plain)])
    trace = eventually(lambda: read.trace(trace_id))
    assert trace
    tags = {tag["key"]: tag["value"] for tag in trace["spans"][0]["tags"]}
    assert {key: tags.get(key) for key in plain} == plain
    [line] = eventually(lambda: read.log_lines(f"trace_id:{trace_id.hex()}"))
    assert line["url.path"] == "/laptops/17"


def test_a_client_that_invents_methods_makes_one_series_and_keeps_its_words(
    sender: Sender, read: Reader, request: pytest.FixtureRequest
) -> None:
    invented = [f"BREW{number}" for number in range(3000)]
    kept = os.urandom(16)
    for part in (invented[:1500], invented[1500:]):
        sender.spans([called(method) for method in part])
    sender.spans([called("POUR", kept, error=True), called("GET")])

    calls = f'traces_span_metrics_calls_total{{service_name="{request.node.name}"}}'
    exactly(lambda: read.metric(f"sum({calls})"), 3002)
    assert read.metric(f"count({calls})") == 3  # GET; _OTHER, with an error and without
    trace = eventually(lambda: read.trace(kept))
    [seen] = trace["spans"]
    tags = {tag["key"]: tag["value"] for tag in seen["tags"]}
    assert seen["operationName"] == "HTTP /laptops"
    assert (tags["http.request.method"], tags["http.request.method_original"]) == ("_OTHER", "POUR")


def called(method: str, trace_id: bytes | None = None, *, error: bool = False) -> Span:
    """A span as the gateway makes it: the method as it came, in its name too."""
    attributes = {"http.request.method": method, "http.route": "/laptops"}
    return span(f"{method} /laptops", trace_id=trace_id, error=error, attributes=attributes)


def test_a_log_line_is_found_by_service_and_by_trace(sender: Sender, read: Reader) -> None:
    trace_id = os.urandom(16)
    sender.logs([log("http.request", trace_id=trace_id, attributes={"http.route": "/laptops"})])
    [line] = eventually(lambda: read.log_lines(f"trace_id:{trace_id.hex()}"))
    assert line["_msg"] == "http.request"
    assert line["http.route"] == "/laptops"
    assert line["_stream"] == '{service.name="test_a_log_line_is_found_by_service_and_by_trace"}'


def test_errors_slow_traces_and_those_asked_for_are_all_kept(sender: Sender, read: Reader) -> None:
    wanted = {
        "error": [os.urandom(16) for _ in range(40)],
        "slow": [os.urandom(16) for _ in range(40)],
        "asked": [os.urandom(16) for _ in range(40)],
    }
    sender.spans(span(trace_id=trace_id, error=True) for trace_id in wanted["error"])
    sender.spans(span(trace_id=trace_id, milliseconds=750) for trace_id in wanted["slow"])
    asked = {"http.request.header.x-trace": "keep"}
    sender.spans(span(trace_id=trace_id, attributes=asked) for trace_id in wanted["asked"])
    for trace_ids in wanted.values():
        assert eventually(lambda ids=trace_ids: read.kept(ids) == set(ids))


def test_a_share_of_ordinary_traces_is_kept(sender: Sender, read: Reader) -> None:
    trace_ids = [os.urandom(16) for _ in range(1000)]
    sender.spans(span(trace_id=trace_id) for trace_id in trace_ids)
    marker = os.urandom(16)
    sender.spans([span(trace_id=marker, error=True)])
    assert eventually(lambda: read.trace(marker))
    kept = len(read.kept(trace_ids))
    assert SHARE * 10 * 0.8 < kept < SHARE * 10 * 1.2  # three standard deviations are 38


@pytest.mark.parametrize("said", ["", "most"])
def test_a_share_that_is_no_number_counts_as_none_said(
    said: str, backends: Backends, read: Reader
) -> None:
    sender = Sender(backends.urls.otlp_http, service="says-nothing", share=said)
    trace_ids = [os.urandom(16) for _ in range(1000)]
    sender.spans(span(trace_id=trace_id) for trace_id in trace_ids)
    wait_for_all_before(sender, read)
    assert SHARE * 10 * 0.8 < len(read.kept(trace_ids)) < SHARE * 10 * 1.2


def wait_for_all_before(sender: Sender, read: Reader) -> None:
    """Wait until Jaeger has what it will have of the spans that were sent until now."""
    marker = os.urandom(16)
    sender.spans([span(trace_id=marker, error=True)])
    assert eventually(lambda: read.trace(marker))


def test_a_process_may_say_another_share_and_every_span_is_still_counted(
    backends: Backends, read: Reader
) -> None:
    """As it does when the share changes while it runs: from 0 to 60 percent."""
    batches = {share: [os.urandom(16) for _ in range(500)] for share in (0.0, 60.0)}
    for share, trace_ids in batches.items():
        sender = Sender(backends.urls.otlp_http, service="steered", share=share)
        sender.spans(span(trace_id=trace_id) for trace_id in trace_ids)
        wait_for_all_before(sender, read)
    assert read.kept(batches[0.0]) == set()
    assert 260 < len(read.kept(batches[60.0])) < 340  # four standard deviations are 44
    query = 'sum(traces_span_metrics_calls_total{service_name="steered"})'
    assert exactly(lambda: read.metric(query), 1002) == 1002


def test_a_trace_that_one_of_its_processes_keeps_is_kept_whole(
    backends: Backends, read: Reader
) -> None:
    """The gateway cannot follow a share; it says 0, before and after those who can."""
    url, trace_ids = backends.urls.otlp_http, [os.urandom(16) for _ in range(200)]
    gateway = Sender(url, service="gateway-that-follows", share="0")
    services = [Sender(url, service="keeps-some", share=s) for s in (10.0, 50.0)]
    gateway.spans(span("before", trace_id=trace_id) for trace_id in trace_ids[:100])
    for service in services:
        service.spans(span(trace_id=trace_id) for trace_id in trace_ids)
        service.spans(span("query", trace_id=trace_id, server=False) for trace_id in trace_ids)
    gateway.spans(span("after", trace_id=trace_id) for trace_id in trace_ids[100:])

    def lengths() -> dict[bytes, int]:
        found = {trace_id: read.trace(trace_id) for trace_id in trace_ids}
        return {trace_id: len(trace["spans"]) for trace_id, trace in found.items() if trace}

    wait_for_all_before(services[1], read)
    whole = eventually(lengths, until=lambda found: len(found) > 70 and set(found.values()) == {5})
    assert set(whole.values()) == {5}
    assert 70 < len(whole) < 130


def test_a_kept_trace_is_kept_whole_whatever_the_order_of_its_spans(
    sender: Sender, read: Reader
) -> None:
    trace_id = os.urandom(16)
    sender.spans([span("before", trace_id=trace_id)])
    sender.spans([span("because", trace_id=trace_id, error=True)])
    sender.spans([span("after", trace_id=trace_id)])
    trace = eventually(
        lambda: read.trace(trace_id), until=lambda found: bool(found) and len(found["spans"]) == 3
    )
    assert trace
    names = sorted(item["operationName"] for item in trace["spans"])
    assert names == ["after", "because", "before"]


def test_every_span_is_counted_before_sampling(backends: Backends, read: Reader) -> None:
    """From two processes at once, and in several flushes: exactly, and under the known names."""
    replicas = [
        Sender(backends.urls.otlp_http, service="counted", instance=f"replica-{index}")
        for index in range(2)
    ]
    attributes = {
        "http.request.method": "GET",
        "http.route": "/laptops",
        "http.response.status_code": 200,
    }
    for _ in range(50):
        for replica in replicas:
            replica.spans(span(attributes=attributes) for _ in range(10))
    query = 'sum(traces_span_metrics_calls_total{service_name="counted"})'
    assert exactly(lambda: read.metric(query), 1000) == 1000
    series = read.series('traces_span_metrics_calls_total{service_name="counted"}')
    assert {item["metric"]["service_instance_id"] for item in series} == {"replica-0", "replica-1"}
    labels = series[0]["metric"]
    assert labels["span_name"] == "GET /laptops"
    assert labels["span_kind"] == "SPAN_KIND_SERVER"
    assert labels["http_route"] == "/laptops"
    assert labels["http_response_status_code"] == "200"
    count = 'sum(traces_span_metrics_duration_seconds_count{service_name="counted"})'
    assert read.metric(count) == 1000


def test_many_large_spans_go_in_as_many_messages_as_jaeger_takes(
    sender: Sender, read: Reader
) -> None:
    """Stack traces make large spans; one message that is too large would be retried for ever."""
    trace_ids = [os.urandom(16) for _ in range(2000)]
    trace = {"exception.stacktrace": "File app.py, line 1, in view; " * 400}  # 12 kB
    for start in range(0, len(trace_ids), 500):
        batch = trace_ids[start : start + 500]
        sender.spans(span(trace_id=trace_id, error=True, event=trace) for trace_id in batch)
    assert eventually(lambda: read.kept(trace_ids[::20]) == set(trace_ids[::20]))


def test_the_collectors_own_telemetry_tells_of_every_stage(
    backends: Backends, sender: Sender
) -> None:
    sender.spans([span(error=True)])
    for name in (
        "otelcol_receiver_accepted_spans",
        "otelcol_exporter_sent_spans",
        "otelcol_exporter_queue_capacity",
        "otelcol_processor_tail_sampling_global_count_traces_sampled",
    ):
        assert eventually(lambda name=name: backends.collector_metric(name)) > 0, name
