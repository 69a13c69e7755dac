"""What was acknowledged arrives: the stores go down, the collector is killed, nothing is lost.

The outage has the volume of five minutes at 300 requests a second, sent as fast as the collector
takes it. Time itself adds nothing: a queue on disk does not age, and retries never end.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.layout import Layout
from lab.stack.options import Options

from .backends import COLLECTOR, STORES, Backends, eventually, exactly, running_backends
from .otlp import Reader, Sender, log, span

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

REQUESTS = 5 * 60 * 300
BATCH = 500
QUEUE_FULL_SECONDS = 120


@pytest.fixture
def backends(options: Options, programs: dict[str, Path]) -> Iterator[Backends]:
    with running_backends(options, programs) as running:
        yield running


def send_requests(sender: Sender, count: int) -> list[bytes]:
    """A span and a log line for each request; return the trace ids once all are acknowledged."""
    trace_ids = [os.urandom(16) for _ in range(count)]
    for start in range(0, count, BATCH):
        batch = trace_ids[start : start + BATCH]
        sender.spans(span(trace_id=trace_id) for trace_id in batch)
        sender.logs(log(trace_id=trace_id) for trace_id in batch)
    return trace_ids


def arrived(backends: Backends, read: Reader, trace_ids: list[bytes]) -> None:
    """Assert that all of them are in all three stores."""
    count = len(trace_ids)
    spans = 'sum(traces_span_metrics_calls_total{service_name="laptops"})'
    assert exactly(read.count_logs, count, seconds=QUEUE_FULL_SECONDS) == count
    assert exactly(lambda: read.metric(spans), count) == count
    assert exactly(backends.spans_in_jaeger, count, seconds=QUEUE_FULL_SECONDS) == count
    sample = trace_ids[:: max(count // 200, 1)]
    assert eventually(lambda: read.kept(sample) == set(sample))


def test_an_outage_of_all_stores_loses_nothing(backends: Backends) -> None:
    backends.stop(*STORES)
    trace_ids = send_requests(Sender(backends.urls.otlp_http), REQUESTS)
    assert backends.collector_metric("otelcol_receiver_refused_spans") == 0
    backends.start(*STORES)
    arrived(backends, Reader(backends.urls), trace_ids)


def test_a_collector_killed_in_an_outage_loses_nothing(backends: Backends) -> None:
    """Span metrics are counters in memory: what the last flush had not sent starts from 0 again."""
    backends.stop("jaeger", "victorialogs")
    trace_ids = send_requests(Sender(backends.urls.otlp_http), 5000)
    backends.kill(COLLECTOR)
    backends.start(COLLECTOR)
    backends.start("jaeger", "victorialogs")
    read = Reader(backends.urls)
    assert eventually(read.count_logs, until=lambda n: n >= 5000) >= 5000
    assert eventually(lambda: read.kept(trace_ids) == set(trace_ids))


@pytest.mark.parametrize("first_byte", [0, 8192], ids=["its beginning", "its pages"])
def test_a_collector_whose_queue_is_damaged_begins_it_anew(
    backends: Backends, options: Options, first_byte: int
) -> None:
    backends.stop("victorialogs")
    send_requests(Sender(backends.urls.otlp_http), 2 * BATCH)
    backends.kill(COLLECTOR)
    layout = Layout(options.state)
    (queue,) = (layout.data / "collector").glob("*victorialogs*")
    with queue.open("r+b") as file:
        file.seek(first_byte)
        file.write(os.urandom(8192))

    backends.start(COLLECTOR, "victorialogs")
    send_requests(Sender(backends.urls.otlp_http), BATCH)

    assert eventually(Reader(backends.urls).count_logs, until=lambda n: n >= BATCH) >= BATCH
    assert len(list(queue.parent.glob(f"{queue.name}.damaged-*"))) == 1
    assert f"The queue {queue} is damaged" in layout.log(COLLECTOR).read_text()
