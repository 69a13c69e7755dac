"""Instruments of `opentelemetry.metrics` as `/metrics` shows them."""

import os
import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.metrics import CallbackOptions, Observation
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from threesignals import names
from threesignals._meters.provider import Meters
from threesignals._meters.series import MAX_SERIES
from threesignals._meters.spelling import Kind, family_name, labels
from threesignals.testing import Recorder


def page(meters: Meters) -> str:
    """What a scrape reads; it fails where the text is no valid OpenMetrics."""
    registry = CollectorRegistry()
    registry.register(meters)
    text = generate_latest(registry).decode()
    list(text_string_to_metric_families(text))
    return text


@pytest.mark.parametrize(
    ("name", "unit", "kind", "family"),
    [
        ("orders", "", "counter", "orders_total"),
        ("orders_total", "", "counter", "orders_total"),
        ("http.client.request.duration", "s", "histogram", "http_client_request_duration_seconds"),
        ("http.client.duration", "ms", "histogram", "http_client_duration_milliseconds"),
        ("request.size", "By", "counter", "request_size_bytes_total"),
        ("memory.bytes", "By", "gauge", "memory_bytes"),
        ("queue.length", "{message}", "gauge", "queue_length"),
        ("cpu.utilization", "1", "gauge", "cpu_utilization_ratio"),
        ("hits", "1", "counter", "hits_total"),
        ("speed", "m/s", "gauge", "speed_meters_per_second"),
        ("rate", "{request}/s", "gauge", "rate_per_second"),
        ("9lives", "", "gauge", "_9lives"),
        ("a..b--c", "", "gauge", "a_b_c"),
    ],
)
def test_names_and_units_are_spelled_for_prometheus(
    name: str, unit: str, kind: Kind, family: str
) -> None:
    assert family_name(name, unit, kind) == family


def test_attributes_become_labels_without_secrets() -> None:
    spelled = labels({"http.route": "/x", "ok": True, "n": 1, "api_key": "abc", "l": ["a"]})
    assert dict(spelled) == {
        "http_route": "/x",
        "ok": "true",
        "n": "1",
        "api_key": names.REDACTED,
        "l": '["a"]',
    }


def test_attributes_that_become_equal_share_a_label() -> None:
    assert labels({"a.b": "x", "a_b": "y"}) == (("a_b", "x;y"),)


def test_every_kind_of_instrument_is_shown() -> None:
    def idle(_: CallbackOptions) -> Iterable[Observation]:
        yield Observation(4, {"pool": "a"})

    meters = Meters()
    meter = meters.get_meter("shop", "1.2")
    meter.create_counter("orders").add(2, {"kind": "gift"})
    meter.create_up_down_counter("carts").add(3)
    meter.create_up_down_counter("carts").add(-1)
    meter.create_gauge("price", unit="EUR").set(7.5)
    meter.create_histogram("size", explicit_bucket_boundaries_advisory=[1, 2]).record(2)
    meter.create_observable_gauge("idle", [idle])
    meter.create_observable_counter("seen", [idle])
    meter.create_observable_up_down_counter("left", [idle])
    scope = 'otel_scope_name="shop",otel_scope_version="1.2"'
    text = page(meters)
    for sample in (
        f'orders_total{{kind="gift",{scope}}} 2.0',
        f"carts{{{scope}}} 2.0",
        f"price_EUR{{{scope}}} 7.5",
        f'size_bucket{{le="1.0",{scope}}} 0.0',
        f'size_bucket{{le="2.0",{scope}}} 1.0',
        f'size_bucket{{le="+Inf",{scope}}} 1.0',
        f"size_sum{{{scope}}} 2.0",
        f'idle{{{scope},pool="a"}} 4.0',
        f'seen_total{{{scope},pool="a"}} 4.0',
        f'left{{{scope},pool="a"}} 4.0',
    ):
        assert sample in _sorted_labels(text), text


def _sorted_labels(text: str) -> str:
    return re.sub(
        r"{([^}]*)}", lambda found: "{" + ",".join(sorted(found[1].split(","))) + "}", text
    )


def test_a_measurement_in_a_sampled_request_has_its_trace_as_exemplar() -> None:
    recorder = Recorder()
    meters = Meters()
    counter = meters.get_meter("shop").create_counter("orders")
    with recorder.telemetry.tracer.start_as_current_span("work"):
        counter.add(1)
    (span,) = recorder.spans
    assert f'trace_id="{span.trace_id}"' in page(meters)
    recorder.close()


def test_the_label_sets_of_an_instrument_are_bounded() -> None:
    meters = Meters()
    counter = meters.get_meter("shop").create_counter("orders")
    for number in range(MAX_SERIES + 500):
        counter.add(1, {"user": number})
    text = page(meters)
    assert text.count("orders_total{") == MAX_SERIES + 1
    assert re.search(r'orders_total{.*otel_metric_overflow="true".*} 500.0', text)


def test_an_instrument_that_is_made_again_is_the_same() -> None:
    meters = Meters()
    for _ in range(2):
        meters.get_meter("shop").create_counter("orders").add(1)
    assert 'orders_total{otel_scope_name="shop"} 2.0' in page(meters)


def test_two_libraries_share_a_family() -> None:
    meters = Meters()
    for scope in ("a", "b"):
        meters.get_meter(scope).create_counter("orders").add(1)
    text = page(meters)
    assert text.count("# TYPE orders counter") == 1
    assert text.count("orders_total{") == 2


@pytest.mark.parametrize("taken", ["http.server.request.duration", "target"])
def test_a_name_that_is_taken_is_said_and_left_out(
    taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    meters = Meters()
    meters.get_meter("shop").create_counter("target").add(1)
    meters.get_meter("shop").create_histogram(taken, unit="s" if "." in taken else "").record(1)
    assert "exists already" in caplog.text or taken == "target"
    page(meters)


def test_a_callback_that_fails_costs_itself_only(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: CallbackOptions) -> Iterable[Observation]:
        raise RuntimeError("away")

    meters = Meters()
    meters.get_meter("shop").create_observable_gauge("idle", [fail])
    meters.get_meter("shop").create_counter("orders").add(1)
    assert "orders_total" in page(meters)
    assert "orders_total" in page(meters)
    assert [record.getMessage() for record in caplog.records] == [
        "A callback of the instrument 'idle' fails"
    ]


texts = st.text() | st.just("\udce9")
numbers = st.booleans() | st.integers() | st.floats()
scalars = st.none() | numbers | texts | st.binary()
anything = scalars | st.lists(scalars)


@given(amount=anything, attributes=st.dictionaries(texts, anything), name=texts)
def test_no_measurement_breaks_its_caller_or_the_page(
    amount: object, attributes: dict[str, Any], name: str
) -> None:
    meters = Meters()
    meter = meters.get_meter(name)
    meter.create_counter(name).add(amount, attributes)
    meter.create_histogram(f"{name}.h").record(amount, attributes)
    meter.create_gauge(f"{name}.g").set(amount, attributes)
    page(meters)


def test_a_forked_child_counts_from_zero() -> None:
    meters = Meters()
    os.register_at_fork(after_in_child=meters.reset)
    counter = meters.get_meter("shop").create_counter("orders")
    counter.add(5)
    read, write = os.pipe()
    if not (child := os.fork()):
        counter.add(1)
        os.write(write, page(meters).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert b'orders_total{otel_scope_name="shop"} 1.0' in os.read(read, 65536)
