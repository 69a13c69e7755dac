"""Contrib's instrumentors, each from its package, work once `init_app` was called.

Nobody hands them a provider: they ask OpenTelemetry's API for it.
"""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import celery
import jinja2
import pytest
import redis
import requests
import urllib3
from flask import Flask
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.instrumentation.jinja2 import Jinja2Instrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor

from threesignals._contrib.setup import use_stable_names
from threesignals.flask import init_app
from threesignals.testing import RecordedSpan, Recorder

from .ecosystem_servers import redis_port, web_port

Work = Callable[[], Any]


def with_requests() -> str:
    with web_port() as port:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).text


def with_urllib3() -> str:
    with web_port() as port:
        return urllib3.PoolManager().request("GET", f"http://127.0.0.1:{port}/").data.decode()


def with_redis() -> None:
    with redis_port() as port:
        redis.Redis(port=port, protocol=2).set("key", "value")


def with_sqlite3() -> None:
    connection = sqlite3.connect(":memory:")
    connection.cursor().execute("select 1")
    connection.close()


def with_jinja2() -> None:
    jinja2.Environment(autoescape=True).from_string("{{ 1 }}").render()


def with_a_thread() -> None:
    def work() -> None:
        with trace.get_tracer("in a thread").start_as_current_span("work"):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@contextmanager
def instrumented(instrumentor: BaseInstrumentor) -> Iterator[None]:
    instrumentor.instrument()
    try:
        yield
    finally:
        instrumentor.uninstrument()


CASES = [
    (RequestsInstrumentor, with_requests, "opentelemetry.instrumentation.requests"),
    (URLLib3Instrumentor, with_urllib3, "opentelemetry.instrumentation.urllib3"),
    (RedisInstrumentor, with_redis, "opentelemetry.instrumentation.redis"),
    (SQLite3Instrumentor, with_sqlite3, "opentelemetry.instrumentation.sqlite3"),
    (Jinja2Instrumentor, with_jinja2, "opentelemetry.instrumentation.jinja2"),
    (ThreadingInstrumentor, with_a_thread, "in a thread"),
]


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
@pytest.mark.parametrize(
    ("instrumentor", "work", "scope"), CASES, ids=[work.__name__ for _, work, _ in CASES]
)
def test_a_librarys_span_is_a_child_of_the_request(
    instrumentor: type[BaseInstrumentor], work: Work, scope: str, implementation: str
) -> None:
    with instrumented(instrumentor()):
        spans = request(work, implementation)
    (server,) = [span for span in spans if span.kind == "SERVER"]
    inner = [span for span in spans if span.scope == scope]
    assert inner
    assert {span.trace_id for span in inner} == {server.trace_id}
    family = {span.span_id for span in inner} | {server.span_id}
    assert {span.parent_span_id for span in inner} <= family


def request(work: Work, implementation: str) -> list[RecordedSpan]:
    """Do some work in a request, and return the spans."""
    recorder = Recorder(implementation=implementation)
    app = Flask("shop")
    app.add_url_rule("/work", view_func=lambda: str(work()), endpoint="work")
    init_app(app, recorder.telemetry)
    assert app.test_client().get("/work").status_code == 200
    spans = recorder.spans
    recorder.close()
    return spans


@pytest.mark.parametrize("work", [with_requests, with_urllib3])
def test_the_next_service_joins_under_the_librarys_span(work: Work) -> None:
    sent: list[str] = []
    with instrumented(RequestsInstrumentor()), instrumented(URLLib3Instrumentor()):
        spans = request(lambda: sent.append(work()), "lean")
    _, trace_id, parent, _ = sent[0].split("-")
    clients = {span.span_id: span for span in spans if span.kind == "CLIENT"}
    assert clients[parent].trace_id == trace_id


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_a_celery_task_is_in_the_trace_of_the_request_that_asked_for_it(
    implementation: str,
) -> None:
    queue = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    queue.conf.worker_hijack_root_logger = False
    done = threading.Event()

    @queue.task(name=f"pack-{implementation}")
    def pack() -> None:
        done.set()

    with instrumented(CeleryInstrumentor()):
        from celery.contrib.testing.worker import start_worker  # noqa: PLC0415 (patched by then)

        recorder = Recorder(implementation=implementation)
        app = Flask("shop")
        app.add_url_rule("/pack", view_func=lambda: pack.delay().id, endpoint="pack")
        init_app(app, recorder.telemetry)
        with start_worker(queue, perform_ping_check=False, pool="solo", loglevel="WARNING"):
            app.test_client().get("/pack")
            assert done.wait(10)
        spans = {span.name: span for span in recorder.spans}
        recorder.close()
    server, asked, run = (
        spans[name.format(implementation)]
        for name in ("GET /pack", "apply_async/pack-{}", "run/pack-{}")
    )
    assert asked.parent_span_id == server.span_id
    assert run.parent_span_id == asked.span_id
    assert (asked.kind, run.kind) == ("PRODUCER", "CONSUMER")


def test_a_librarys_measurements_are_on_the_metrics_page() -> None:
    recorder = Recorder()
    app = Flask("shop")
    init_app(app, recorder.telemetry)
    use_stable_names()
    with instrumented(RequestsInstrumentor()):
        with_requests()
    page = app.test_client().get("/metrics").text
    (count,) = re.findall(r"^http_client_request_duration_seconds_count{(.*)} 1.0$", page, re.M)
    assert 'otel_scope_name="opentelemetry.instrumentation.requests"' in count
    assert 'http_response_status_code="200"' in count
    recorder.close()


def test_a_module_may_ask_for_its_instruments_before_the_application_is_made() -> None:
    orders = metrics.get_meter("shop").create_counter("orders", description="Orders taken.")
    recorder = Recorder()
    app = Flask("shop")
    init_app(app, recorder.telemetry)
    orders.add(2, {"kind": "gift"})
    assert recorder.sample("orders_total", kind="gift", otel_scope_name="shop") == 2
    recorder.close()
