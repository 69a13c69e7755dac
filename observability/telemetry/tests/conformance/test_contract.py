"""What one request leaves, held against docs/contract.md, name by name."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracerProvider

from threesignals import names
from threesignals.testing import Recorder

from .apps import fastapi_app, flask_app
from .drivers import Request, call_wsgi, send_asgi
from .observe import FRAMEWORKS, IMPLEMENTATIONS, observe

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ROUTES = {"flask": "/items/<int:item>", "fastapi": "/items/{item}"}

pytestmark = [
    pytest.mark.parametrize("implementation", IMPLEMENTATIONS),
]
both_frameworks = pytest.mark.parametrize("framework", FRAMEWORKS)


@both_frameworks
def test_a_request_is_one_server_span_with_exactly_these_attributes(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/items/7", "colour=red"))
    assert seen.span.name == f"GET {ROUTES[framework]}"
    assert seen.span.kind == "SERVER"
    assert seen.span.status == "UNSET"
    assert seen.span.attributes == {
        "http.request.method": "GET",
        "http.route": ROUTES[framework],
        "http.response.status_code": 200,
        "url.path": "/items/7",
        "url.query": "colour=red",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "server.address": "shop.test",
        "server.port": 8080,
        "client.address": "10.0.0.7",
        "user_agent.original": "conformance/1",
    }
    assert seen.span.resource.keys() == {
        "service.name",
        "service.instance.id",
        "telemetry.sdk.language",
        "telemetry.sdk.name",
        "telemetry.sdk.version",
    }


@both_frameworks
def test_a_request_is_one_line_with_exactly_these_keys(framework: str, implementation: str) -> None:
    seen = observe(framework, implementation, Request("GET", "/items/7"))
    attributes = dict(seen.line.attributes)
    assert attributes.pop("duration_s") == (seen.span.end_ns - seen.span.start_ns) / 1e9
    assert attributes == {
        "http.request.method": "GET",
        "http.route": ROUTES[framework],
        "http.response.status_code": 200,
        "url.path": "/items/7",
    }
    assert (seen.line.trace_id, seen.line.span_id) == (seen.span.trace_id, seen.span.span_id)
    assert seen.line.timestamp_ns == seen.span.end_ns


@both_frameworks
def test_a_request_is_one_sample_with_exactly_these_labels(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/items/7"))
    assert seen.labels == {
        "http_request_method": "GET",
        "http_route": ROUTES[framework],
        "http_response_status_code": "200",
        "error_type": "",
    }
    assert seen.active == 0


@both_frameworks
def test_the_answer_tells_its_trace(framework: str, implementation: str) -> None:
    seen = observe(framework, implementation, Request("GET", "/items/7"))
    assert seen.response.headers["traceresponse"] == (
        f"00-{seen.span.trace_id}-{seen.span.span_id}-{seen.span.flags & 0xFF:02x}"
    )


@both_frameworks
def test_a_handler_works_inside_the_span_and_its_attribute_is_kept(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/note"))
    assert f'"trace_id":"{seen.span.trace_id}"' in seen.response.body.decode().replace(" ", "")
    assert seen.span.attributes["lab.note"] == "from the handler"
    assert seen.line.attributes["lab.note"] == "from the handler"


@both_frameworks
def test_baggage_reaches_the_handler(framework: str, implementation: str) -> None:
    request = Request("GET", "/note", headers=(("baggage", "tenant=acme"),))
    assert b"acme" in observe(framework, implementation, request).response.body


@both_frameworks
def test_a_sampled_parent_is_joined(framework: str, implementation: str) -> None:
    header = ("traceparent", f"00-{TRACE}-{PARENT}-01")
    span = observe(framework, implementation, Request("GET", "/items/7", headers=(header,))).span
    assert (span.trace_id, span.parent_span_id) == (TRACE, PARENT)
    assert span.flags == 0x301  # sampled, and its parent is known to be remote


@both_frameworks
def test_an_unsampled_request_keeps_its_metric_and_its_line(
    framework: str, implementation: str
) -> None:
    header = ("traceparent", f"00-{TRACE}-{PARENT}-00")
    seen = observe(framework, implementation, Request("GET", "/items/7", headers=(header,)))
    assert seen.spans == []
    assert seen.line.trace_id == TRACE
    assert seen.labels["http_response_status_code"] == "200"


@both_frameworks
def test_an_unmatched_path_is_one_constant_in_labels_and_no_route_on_the_span(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/nothing/here"))
    assert seen.span.name == "GET"
    assert names.HTTP_ROUTE not in seen.span.attributes
    assert seen.labels["http_route"] == seen.line.attributes["http.route"] == "<unmatched>"


@both_frameworks
def test_an_exception_is_recorded_once_with_its_stack_and_without_its_password(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/boom"))
    assert seen.response.status == 500
    assert seen.span.status == "ERROR"
    assert seen.span.attributes["error.type"].endswith("BoomError")
    ((name, event),) = seen.span.events
    assert name == "exception"
    assert "raise BoomError" in event["exception.stacktrace"]
    assert "hunter2" not in str((seen.span, seen.lines))
    assert seen.line.severity == "ERROR"
    assert seen.line.attributes["exception.type"] == event["exception.type"]
    assert [line.event for line in seen.lines] == ["http.request"]


@both_frameworks
def test_an_answer_of_500_without_an_exception_names_its_status(
    framework: str, implementation: str
) -> None:
    seen = observe(framework, implementation, Request("GET", "/unavailable"))
    assert seen.labels["error_type"] == seen.span.attributes["error.type"] == "503"
    assert seen.span.status == "ERROR"


@both_frameworks
def test_an_answer_of_400_is_no_error_of_the_service(framework: str, implementation: str) -> None:
    seen = observe(framework, implementation, Request("GET", "/teapot"))
    assert seen.labels["error_type"] == ""
    assert seen.span.status == "UNSET"


@both_frameworks
def test_probes_leave_nothing(framework: str, implementation: str) -> None:
    seen = observe(framework, implementation, Request("GET", "/healthz"))
    assert seen.response.status == 200
    assert (seen.spans, seen.lines, seen.counts) == ([], [], {})
    assert "traceresponse" not in seen.response.headers


@both_frameworks
def test_metrics_are_open_metrics_with_exemplars_when_asked(
    framework: str, implementation: str
) -> None:
    create, call = FRAMEWORKS[framework]
    recorder = Recorder("conformance", implementation=implementation)
    app = create(recorder.telemetry)
    call(app, Request("GET", "/items/7"))
    accept = ("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    page = call(app, Request("GET", "/metrics", headers=(accept,)))
    (span,) = recorder.spans
    assert page.headers["content-type"].startswith("application/openmetrics-text")
    assert f'trace_id="{span.trace_id}"' in page.body.decode()
    assert 'service_name="conformance"' in page.body.decode()
    recorder.close()


@both_frameworks
def test_a_disabled_sdk_ends_the_export_and_no_measurement(
    framework: str, implementation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    seen = observe(framework, implementation, Request("GET", "/items/7"), traces_endpoint=None)
    assert seen.response.status == 200
    assert seen.labels["http_response_status_code"] == "200"
    assert (seen.spans, seen.line.severity) == ([], "INFO")


@both_frameworks
def test_a_provider_that_records_nothing_leaves_the_application_alone(
    framework: str, implementation: str
) -> None:
    create, call = FRAMEWORKS[framework]
    recorder = Recorder("conformance", implementation=implementation)
    recorder.telemetry.provider = NoOpTracerProvider()
    app = create(recorder.telemetry)
    statuses = {path: call(app, Request("GET", path)).status for path in ("/items/7", "/boom")}
    recorder.close()
    assert statuses == {"/items/7": 200, "/boom": 500}


def test_a_websocket_is_ignored(implementation: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    sent: list[str] = []
    recorder = Recorder(implementation=implementation)
    scope = {"type": "websocket", "path": "/socket", "query_string": b"", "headers": [],
             "root_path": "", "scheme": "ws", "client": None, "server": None}  # fmt: skip
    asyncio.run(fastapi_app(recorder.telemetry)(scope, receive, send))
    assert sent == ["websocket.accept", "websocket.close"]
    assert (recorder.spans, recorder.log_lines) == ([], [])
    assert recorder.samples(f"{names.METRIC_REQUEST_DURATION}_count") == {}
    recorder.close()


def test_concurrent_threads_do_not_mix_their_traces(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = flask_app(recorder.telemetry)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: call_wsgi(app, Request("GET", "/note")), range(400)))
    assert_each_answer_has_a_trace_of_its_own(recorder, answers)


def test_concurrent_tasks_do_not_mix_their_traces(implementation: str) -> None:
    async def many() -> list[Any]:
        app = fastapi_app(recorder.telemetry)
        return await asyncio.gather(*(send_asgi(app, Request("GET", "/note")) for _ in range(400)))

    recorder = Recorder(implementation=implementation)
    assert_each_answer_has_a_trace_of_its_own(recorder, asyncio.run(many()))


def assert_each_answer_has_a_trace_of_its_own(recorder: Recorder, answers: list[Any]) -> None:
    ids = {answer.headers["traceresponse"].split("-")[1] for answer in answers}
    assert len(ids) == len(answers)
    assert ids == {span.trace_id for span in recorder.spans}
    assert all(answer.headers["traceresponse"].split("-")[1] in answer.body.decode()
               for answer in answers)  # fmt: skip
    assert sum(recorder.samples(f"{names.METRIC_REQUEST_DURATION}_count").values()) == len(answers)
    recorder.close()


def test_a_stream_that_breaks_is_an_error_although_its_answer_began_as_200(
    implementation: str,
) -> None:
    seen = observe("fastapi", implementation, Request("GET", "/broken-stream"))
    assert seen.span.attributes["http.response.status_code"] == 200
    assert seen.labels["error_type"].endswith("BoomError")


def test_a_client_that_goes_away_is_no_error(implementation: str) -> None:
    for framework in FRAMEWORKS:
        seen = observe(framework, implementation, Request("GET", "/stream", disconnect_after=1))
        assert seen.labels["error_type"] == ""
        assert seen.span.status == "UNSET"
        assert seen.active == 0
