"""Contrib's instrumentors for a database and a broker, against real ones, after `init_app`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pika
import psycopg
import pytest
from flask import Flask
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.instrumentation.pika import PikaInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from tests.support import postgres
from tests.support.rabbitmq import running_rabbitmq

from threesignals._contrib.setup import use_stable_names
from threesignals.flask import init_app
from threesignals.testing import RecordedSpan, Recorder

pytestmark = pytest.mark.e2e

QUEUE = "orders"


@contextmanager
def instrumented(instrumentor: BaseInstrumentor) -> Iterator[None]:
    instrumentor.instrument()
    try:
        yield
    finally:
        instrumentor.uninstrument()


def request(work: Callable[[], None]) -> list[RecordedSpan]:
    """Do some work in a request, and return the spans, the request's last."""
    recorder = Recorder()
    app = Flask("shop")
    app.add_url_rule("/work", view_func=lambda: work() or "done", endpoint="work")
    init_app(app, recorder.telemetry)
    assert app.test_client().get("/work").status_code == 200
    spans = recorder.spans
    recorder.close()
    return spans


@pytest.mark.postgres
def test_a_statement_of_psycopg_is_a_child_of_the_request(server: postgres.Server) -> None:
    url = server.url.replace("postgresql+psycopg", "postgresql") + "postgres"

    def read() -> None:
        with psycopg.connect(url) as connection:
            connection.execute("select 1")

    use_stable_names()
    with instrumented(PsycopgInstrumentor()):
        statement, outer = request(read)
    assert statement.scope == "opentelemetry.instrumentation.psycopg"
    assert statement.attributes["db.query.text"] == "select 1"
    assert statement.parent_span_id == outer.span_id


def test_a_message_through_pika_joins_the_trace_of_the_request() -> None:
    def publish(channel: pika.channel.Channel) -> None:
        channel.queue_declare(QUEUE)
        channel.basic_publish("", QUEUE, b"1")

    with running_rabbitmq() as running, instrumented(PikaInstrumentor()):
        connection = pika.BlockingConnection(pika.URLParameters(running.broker.url))
        spans = request(lambda: publish(connection.channel()))
        _, properties, _ = connection.channel().basic_get(QUEUE, auto_ack=True)
        connection.close()
    [outer] = [span for span in spans if span.kind == "SERVER"]
    # The instrumentor wraps a channel twice, so that there are two, one inside the other.
    sent = {span.span_id: span for span in spans if span.kind == "PRODUCER"}
    assert outer.span_id in {span.parent_span_id for span in sent.values()}
    _, trace_id, parent, _ = properties.headers["traceparent"].split("-")
    assert (trace_id, parent in sent) == (outer.trace_id, True)
