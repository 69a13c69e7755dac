"""The lean tracer keeps OpenTelemetry's API and the SDK's decisions."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import sampling
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from threesignals import Settings, names
from threesignals._lean.sampler import sampler
from threesignals._traceparent import parse
from threesignals.testing import Recorder


def test_children_join_the_current_span(recorder: Recorder) -> None:
    tracer = recorder.telemetry.tracer
    with (
        tracer.start_as_current_span("outer"),
        tracer.start_as_current_span("inner", kind=SpanKind.CLIENT, attributes={"n": 1}),
    ):
        trace.get_current_span().add_event("half way", {"done": 0.5})
    inner, outer = recorder.spans
    assert inner.parent_span_id == outer.span_id
    assert inner.trace_id == outer.trace_id
    assert (inner.kind, inner.attributes, outer.parent_span_id) == ("CLIENT", {"n": 1}, "")
    assert inner.events == [("half way", {"done": 0.5})]


def test_an_exception_that_leaves_the_block_is_recorded_once(recorder: Recorder) -> None:
    with (
        pytest.raises(KeyError),
        recorder.telemetry.tracer.start_as_current_span("work"),
    ):
        raise KeyError("x")
    (span,) = recorder.spans
    assert span.status == "ERROR"
    assert [name for name, _ in span.events] == ["exception"]


def test_a_function_can_be_decorated(recorder: Recorder) -> None:
    @recorder.telemetry.tracer.start_as_current_span("work")
    def work() -> int:
        return 3

    assert work() == 3
    assert recorder.spans[0].name == "work"


def test_nothing_changes_after_the_end(recorder: Recorder) -> None:
    span = recorder.telemetry.tracer.start_span("work")
    span.end()
    span.set_attribute("late", 1)
    span.add_event("late")
    span.end()
    assert not span.is_recording()
    (recorded,) = recorder.spans
    assert (recorded.attributes, recorded.events) == ({}, [])


def test_ok_is_final(recorder: Recorder) -> None:
    span = recorder.telemetry.tracer.start_span("work")
    span.set_status(StatusCode.OK)
    span.set_status(StatusCode.ERROR, "too late")
    span.end()
    assert recorder.spans[0].status == "OK"


@pytest.mark.parametrize("implementation", ["lean", "contrib"])
def test_spans_say_which_share_to_keep_from_when_it_is_set(
    implementation: Literal["lean", "contrib"],
) -> None:
    recorder = Recorder(implementation=implementation)
    telemetry = recorder.telemetry
    for share in (None, 10.0, None):
        telemetry.keep_share(share)
        telemetry.tracer.start_span("work").end()
        telemetry.logger("a").info("line")
        telemetry.flush()
    said = [span.resource.get(names.TRACES_SAMPLED_PERCENT) for span in recorder.spans]
    assert said == [None, 10.0, None]
    assert not any(names.TRACES_SAMPLED_PERCENT in line.resource for line in recorder.log_lines)
    recorder.close()


def test_links_are_exported(recorder: Recorder) -> None:
    other = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1))
    span = recorder.telemetry.tracer.start_span("work", links=[trace.Link(other)])
    span.end()
    assert recorder.spans[0].name == "work"


def test_a_parent_of_another_process_is_known_to_be_remote(recorder: Recorder) -> None:
    carrier = {"traceparent": f"00-{1:032x}-{2:016x}-01", "tracestate": "lab=keep"}
    context = TraceContextTextMapPropagator().extract(carrier)
    recorder.telemetry.tracer.start_span("work", context=context).end()
    (span,) = recorder.spans
    assert (span.trace_id, span.parent_span_id) == (f"{1:032x}", f"{2:016x}")
    assert (span.flags, span.trace_state) == (0x301, "lab=keep")


def test_a_child_of_an_unsampled_span_is_not_exported() -> None:
    recorder = Recorder(sampler="always_off")
    with recorder.telemetry.tracer.start_as_current_span("work") as span:
        assert not span.is_recording()
        assert span.get_span_context().is_valid
    assert recorder.spans == []
    recorder.close()


@given(st.integers(min_value=1, max_value=2**128 - 1), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_a_ratio_keeps_the_same_traces_as_the_sdk(trace_id: int, ratio: float) -> None:
    ours = sampler(
        Settings(
            service_name="", resource_attributes={},
            sampler="traceidratio", sampler_ratio=ratio,
        )
    )  # fmt: skip
    theirs = sampling.TraceIdRatioBased(ratio).should_sample(None, trace_id, "")
    assert ours(None, trace_id) is theirs.decision.is_sampled()


@given(st.one_of(
    st.text(max_size=60),
    st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-x)?", fullmatch=True),
    st.from_regex(r"00-0{32}-[0-9a-f]{16}-01|00-[0-9a-f]{32}-0{16}-01", fullmatch=True),
))  # fmt: skip
def test_a_traceparent_is_read_as_the_sdk_reads_it(header: str) -> None:
    context = TraceContextTextMapPropagator().extract({"traceparent": header})
    theirs = trace.get_current_span(context).get_span_context()
    ours = parse(header)
    assert (ours is not None) is theirs.is_valid
    if ours:
        assert (int(ours[0], 16), int(ours[1], 16)) == (theirs.trace_id, theirs.span_id)
        assert ours[2] == theirs.trace_flags
