"""`/metrics`: our histogram is prometheus-client's to the last sample; the rest is there too."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from threesignals import names
from threesignals._red import RequestDurations
from threesignals.testing import Recorder

LABELS = ("http_request_method", "http_route", "http_response_status_code", "error_type")
OPEN_METRICS = "application/openmetrics-text;version=1.0.0"


def samples(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    return {
        (sample.name, str(sorted(sample.labels.items()))): sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith(("_created", "_active_requests", "_request_seconds"))
    }


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=50))
def test_the_histogram_counts_as_prometheus_client_does(durations: list[float]) -> None:
    ours, theirs = RequestDurations(), CollectorRegistry()
    reference = Histogram(
        names.METRIC_REQUEST_DURATION, "", LABELS,
        buckets=names.DURATION_BUCKETS, registry=theirs,
    )  # fmt: skip
    labels = ("GET", "/laptops", "200", "")
    for seconds in durations:
        ours.observe(ours.series(labels), seconds, 0, None)
        reference.labels(*labels).observe(seconds)
    registry = CollectorRegistry()
    registry.register(ours)
    assert samples(registry) == samples(theirs)


def test_an_exemplar_is_of_its_bucket_and_carries_both_ids() -> None:
    durations, registry = RequestDurations(), CollectorRegistry()
    registry.register(durations)
    series = durations.series(("GET", "/laptops", "200", ""))
    durations.observe(series, 0.003, 1_000_000_000, bytes(15) + b"\x0a" + bytes(7) + b"\x0b")
    durations.observe(series, 0.3, 2_000_000_000, None)
    exemplars = {
        sample.labels["le"]: sample.exemplar
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
        if sample.exemplar
    }
    assert set(exemplars) == {"0.005"}
    assert exemplars["0.005"].labels == {"trace_id": f"{10:032x}", "span_id": f"{11:016x}"}
    assert exemplars["0.005"].value == 0.003


def page(recorder: Recorder, accept: str = OPEN_METRICS) -> str:
    return recorder.telemetry.metrics_page(accept)[0].decode()


def families(recorder: Recorder) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(page(recorder))}


def test_the_page_has_the_process_the_runtime_and_the_resource(recorder: Recorder) -> None:
    found = families(recorder)
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "python_gc_collections",
            "python_info", "target"} <= found.keys()  # fmt: skip
    (target,) = found["target"].samples
    assert target.labels["service_name"] == "test"
    assert (
        target.labels["service_instance_id"] == recorder.telemetry.resource["service.instance.id"]
    )


def test_every_metric_says_what_it_is_for(recorder: Recorder) -> None:
    ours = [family for name, family in families(recorder).items()
            if name.startswith(("http_server", "telemetry_"))]  # fmt: skip
    assert len(ours) == 7
    assert all(len(family.documentation) > 40 for family in ours)


def test_a_business_metric_is_on_the_page(recorder: Recorder) -> None:
    orders = Counter("shop_orders", "Orders placed.", registry=recorder.telemetry.registry)
    orders.inc(3)
    assert "shop_orders_total 3.0" in page(recorder)


def test_a_client_that_does_not_ask_for_open_metrics_gets_plain_text(recorder: Recorder) -> None:
    body, content_type = recorder.telemetry.metrics_page("*/*")
    assert content_type.startswith("text/plain")
    assert b"# EOF" not in body


def test_what_has_been_exported_is_counted(recorder: Recorder) -> None:
    recorder.telemetry.tracer.start_span("work").end()
    recorder.telemetry.flush()
    assert recorder.sample("telemetry_export_sent_items_total", signal="traces") == 1
    assert recorder.sample("telemetry_export_queue_bytes", signal="traces") == 0
    assert (
        recorder.sample("telemetry_export_dropped_items_total", signal="traces", reason="shutdown")
        == 0
    )
