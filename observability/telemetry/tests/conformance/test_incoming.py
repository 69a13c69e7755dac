"""How much a caller can say about the traces of a service: TELEMETRY_INCOMING."""

import json

import pytest

from .drivers import Request
from .observe import FRAMEWORKS, IMPLEMENTATIONS, Observation, observe

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

pytestmark = [
    pytest.mark.parametrize("implementation", IMPLEMENTATIONS),
    pytest.mark.parametrize("framework", FRAMEWORKS),
]
outside = pytest.mark.parametrize("incoming", ["link", "ignore"])


def ask(
    framework: str, implementation: str, flags: str, path: str = "/onward", **settings: object
) -> Observation:
    """Send a request whose caller says all that it can."""
    headers = (
        ("traceparent", f"00-{TRACE}-{PARENT}-{flags}"),
        ("tracestate", "lab=keep"),
        ("baggage", "tenant=acme"),
    )
    return observe(framework, implementation, Request("GET", path, headers=headers), **settings)


@pytest.mark.parametrize("flags", ["00", "01"])
@outside
def test_a_trace_begins_here_and_is_exported_whatever_the_flag_says(
    framework: str, implementation: str, incoming: str, flags: str
) -> None:
    seen = ask(framework, implementation, flags, incoming=incoming)
    assert seen.span.trace_id != TRACE
    assert (seen.span.parent_span_id, seen.span.flags & 0xFF) == ("", 0x03)
    assert seen.line.trace_id == seen.span.trace_id


@pytest.mark.parametrize("flags", ["00", "01"])
def test_link_leads_to_the_caller(framework: str, implementation: str, flags: str) -> None:
    seen = ask(framework, implementation, flags, incoming="link")
    assert seen.span.links == [(TRACE, PARENT)]


def test_ignore_keeps_nothing_of_the_caller(framework: str, implementation: str) -> None:
    seen = ask(framework, implementation, "01", incoming="ignore")
    assert seen.span.links == []
    assert TRACE not in str((seen.spans, seen.lines, seen.response.headers))


@outside
def test_nothing_that_the_caller_said_is_handed_on(
    framework: str, implementation: str, incoming: str
) -> None:
    onward = json.loads(ask(framework, implementation, "01", incoming=incoming).response.body)
    assert onward.keys() == {"traceparent"}
    assert TRACE not in onward["traceparent"]


@outside
@pytest.mark.parametrize("sampler", ["traceidratio", "parentbased_traceidratio"])
def test_an_id_that_was_chosen_well_is_not_sampled_for_it(
    framework: str, implementation: str, incoming: str, sampler: str
) -> None:
    header = ("traceparent", f"00-{'1' * 16}{'0' * 15}1-{PARENT}-01")
    settings = {"incoming": incoming, "sampler": sampler, "sampler_ratio": 1e-12}
    seen = observe(
        framework, implementation, Request("GET", "/items/7", headers=(header,)), **settings
    )
    assert seen.spans == []
    assert seen.labels["http_response_status_code"] == "200"


@outside
def test_a_malformed_header_leads_nowhere(
    framework: str, implementation: str, incoming: str
) -> None:
    request = Request("GET", "/items/7", headers=(("traceparent", f"00-{TRACE}-{PARENT}-xx"),))
    assert observe(framework, implementation, request, incoming=incoming).span.links == []


@outside
def test_an_application_still_sees_what_was_sent(
    framework: str, implementation: str, incoming: str
) -> None:
    seen = ask(framework, implementation, "01", "/sent", incoming=incoming)
    assert json.loads(seen.response.body)["traceparent"] == f"00-{TRACE}-{PARENT}-01"


def test_trust_continues_the_trace(framework: str, implementation: str) -> None:
    seen = ask(framework, implementation, "01", incoming="trust")
    assert (seen.span.trace_id, seen.span.parent_span_id) == (TRACE, PARENT)
    assert (seen.span.trace_state, seen.span.links) == ("lab=keep", [])
    onward = json.loads(seen.response.body)
    assert (onward["tracestate"], onward["baggage"]) == ("lab=keep", "tenant=acme")
