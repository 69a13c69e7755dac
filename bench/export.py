"""Compare ways to export: processor time for each span, and what an outage of 20 seconds costs.

Run as `python -m bench.export`. Every way runs in a process of its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.measure import SINK_PORT, ask, sink

SPANS = 20_000
OUTAGE_SECONDS, OUTAGE_SPANS = 20, 4000
ATTRIBUTES = {
    "http.request.method": "GET",
    "http.route": "/laptops/{id}",
    "http.response.status_code": 200,
    "url.path": "/laptops/7",
    "url.scheme": "http",
    "network.protocol.version": "1.1",
    "server.address": "127.0.0.1",
    "server.port": 5000,
    "client.address": "127.0.0.1",
    "client.port": 50000,
    "user_agent.original": "bench/1",
}

# name -> a tracer, and what sends the rest and ends
Way = Callable[[str], tuple[Any, Callable[[], object]]]


def nothing(_: str) -> tuple[Any, Callable[[], object]]:
    """SDK spans that go nowhere: the base that the others are measured above."""
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (one way in each process)

    return TracerProvider().get_tracer("bench"), lambda: None


def batch_span_processor(url: str) -> tuple[Any, Callable[[], object]]:
    """SDK spans, the SDK's batch processor and exporter, with room for the outage."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    return _sdk(TracerProvider, BatchSpanProcessor(exporter, 65536, 1000, 2048))


def fastotel(url: str) -> tuple[Any, Callable[[], object]]:
    """SDK spans, fastotel's processor, with room for the outage."""
    from fastotel import OTLPSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    processor = OTLPSpanProcessor(
        endpoint=f"{url}/v1/traces", max_queue_size=65536,
        max_export_batch_size=2048, schedule_delay_millis=1000,
    )  # fmt: skip
    return _sdk(TracerProvider, processor)


def _sdk(provider_class: Any, processor: Any) -> tuple[Any, Callable[[], object]]:  # noqa: ANN401
    provider = provider_class()
    provider.add_span_processor(processor)
    return provider.get_tracer("bench"), provider.shutdown


def own(url: str, implementation: str) -> tuple[Any, Callable[[], object]]:
    """Spans of one of our implementations, with our export."""
    from threesignals import Settings, Telemetry  # noqa: PLC0415

    settings = {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{url}/v1/traces",
        "TELEMETRY_IMPLEMENTATION": implementation,
    }
    telemetry = Telemetry(Settings.from_env("bench", settings))
    return telemetry.tracer, telemetry.shutdown


WAYS: dict[str, Way] = {
    "SDK spans, no export": nothing,
    "SDK spans, BatchSpanProcessor": batch_span_processor,
    "SDK spans, fastotel": fastotel,
    "SDK spans, our export": lambda url: own(url, "contrib"),
    "lean spans, our export": lambda url: own(url, "lean"),
}


def emit(tracer: Any, amount: int, pause: float = 0.0) -> None:  # noqa: ANN401
    """Make spans as an instrumentor does."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    for _ in range(amount):
        span = tracer.start_span("GET /laptops/{id}", kind=SpanKind.PRODUCER, attributes=ATTRIBUTES)
        span.end()
        if pause:
            time.sleep(pause)


def child(name: str, url: str, mode: str) -> None:
    """Run one way, and print what it cost."""
    tracer, finish = WAYS[name](url)
    if mode == "outage":
        emit(tracer, OUTAGE_SPANS, pause=OUTAGE_SECONDS / OUTAGE_SPANS)
        time.sleep(8)
        finish()
        return
    emit(tracer, 2000)
    begun = time.process_time()
    emit(tracer, SPANS)
    finish()
    print((time.process_time() - begun) / SPANS * 1e6)


def run(name: str, url: str, mode: str) -> "subprocess.Popen[str]":
    """Start one way."""
    command = [sys.executable, "-m", "bench.export", name, url, mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def main() -> None:
    """Measure all ways and print them as JSON."""
    result: dict[str, dict[str, float]] = {}
    with sink() as url:
        for name in WAYS:
            costs = sorted(float(run(name, url, "cost").communicate()[0]) for _ in range(3))
            result[name] = {"cpu_us_per_span": round(costs[1], 1)}
    for name in list(WAYS)[1:]:
        process = run(name, f"http://127.0.0.1:{SINK_PORT}", "outage")
        time.sleep(OUTAGE_SECONDS)
        with sink() as url:
            process.wait(60)
            arrived = len(ask(url)["spans"])
        result[name]["lost_of_4000_in_outage"] = OUTAGE_SPANS - arrived
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    child(*sys.argv[1:]) if len(sys.argv) > 1 else main()
