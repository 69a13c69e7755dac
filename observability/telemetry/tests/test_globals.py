"""What OpenTelemetry's API gives after `init_app`, and what an application has set itself."""

import subprocess
import sys
from textwrap import dedent

import pytest
from fastapi import FastAPI
from flask import Flask
from opentelemetry import trace
from starlette.testclient import TestClient

from threesignals import fastapi, flask
from threesignals.testing import Recorder

TRACER = trace.get_tracer("shop", "1.2")


def run(program: str, **environment: str) -> str:
    """Run a program in a process of its own, where no provider is set, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)],
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_a_modules_own_tracer_makes_children_of_the_request(implementation: str) -> None:
    for _ in range(2):  # an application that is built again keeps the module's tracer
        recorder = Recorder(implementation=implementation)
        app = Flask("shop")

        @app.get("/")
        def read() -> str:
            with TRACER.start_as_current_span("price", attributes={"laptop": 1}):
                return "ok"

        flask.init_app(app, recorder.telemetry)
        app.test_client().get("/")
        price, server = recorder.spans
        assert (price.name, price.scope, price.attributes) == ("price", "shop", {"laptop": 1})
        assert (price.trace_id, price.parent_span_id) == (server.trace_id, server.span_id)
        recorder.close()


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_an_asynchronous_handlers_spans_are_children_of_the_request(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = FastAPI(title="shop")

    @TRACER.start_as_current_span("price")
    async def price() -> int:
        return 3

    @app.get("/")
    async def read() -> int:
        return await price()

    fastapi.init_app(app, recorder.telemetry)
    TestClient(app).get("/")
    inner, server = recorder.spans
    assert (inner.name, inner.parent_span_id) == ("price", server.span_id)
    recorder.close()


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_a_mounted_fastapi_application_adds_no_spans_of_its_own(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app, mounted = FastAPI(title="shop"), FastAPI(title="mounted")
    mounted.add_api_route("/x", lambda: 1)
    app.mount("/sub", mounted)
    fastapi.init_app(app, recorder.telemetry)
    TestClient(app).get("/sub/x")
    assert [span.kind for span in recorder.spans] == ["SERVER"]
    recorder.close()


def test_spans_go_nowhere_once_the_telemetry_has_ended() -> None:
    recorder = Recorder()
    recorder.close()
    assert not TRACER.start_span("late").is_recording()


APPLICATION = """
    import logging
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider, sampling
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from flask import Flask
    from threesignals.flask import init_app

    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=sampling.{sampler})
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    app = Flask("shop")

    @app.get("/")
    def read():
        with trace.get_tracer("shop").start_as_current_span("price"):
            return "ok"

    telemetry = init_app(app)
    assert trace.get_tracer_provider() is provider
    answer = app.test_client().get("/")
    page = app.test_client().get("/metrics").text
    print([span.name for span in exporter.get_finished_spans()])
    print('http_response_status_code="200"' in page)
"""


def test_contrib_sends_requests_through_the_applications_provider() -> None:
    told = run(APPLICATION.format(sampler="ALWAYS_ON"), TELEMETRY_IMPLEMENTATION="contrib")
    assert "['price', 'GET /']\nTrue" in told


def test_contrib_counts_what_the_applications_provider_does_not_sample() -> None:
    told = run(APPLICATION.format(sampler="ALWAYS_OFF"), TELEMETRY_IMPLEMENTATION="contrib")
    assert "[]\nTrue" in told
    assert '"event":"http.request"' in told


def test_lean_leaves_the_applications_provider_and_says_what_does_not_pass_through_it() -> None:
    told = run(APPLICATION.format(sampler="ALWAYS_ON"))
    assert "['price']\nTrue" in told
    assert told.count("The application's own TracerProvider (TracerProvider) stays.") == 1


def test_with_a_setting_the_global_providers_are_left_alone() -> None:
    program = """
        from opentelemetry import metrics, trace
        from flask import Flask
        from threesignals.flask import init_app
        init_app(Flask("shop"))
        print(type(trace.get_tracer_provider()).__name__)
        print(type(metrics.get_meter_provider()).__name__)
    """
    assert run(program, TELEMETRY_GLOBAL_PROVIDERS="false").split() == [
        "ProxyTracerProvider",
        "_ProxyMeterProvider",
    ]


def test_an_applications_own_meter_provider_stays() -> None:
    program = """
        from opentelemetry import metrics
        from opentelemetry.sdk.metrics import MeterProvider
        from flask import Flask
        from threesignals.flask import init_app
        provider = MeterProvider()
        metrics.set_meter_provider(provider)
        init_app(Flask("shop"))
        print(metrics.get_meter_provider() is provider)
    """
    assert run(program).strip() == "True"
