"""W3C Trace Context, level 2: what a request's headers become in the calls that it makes.

Each table is one rule of the recommendation, with its cases; the numbers are its sections.
"""

import json
from collections.abc import Iterator

import pytest

from .drivers import Headers, Request
from .observe import FRAMEWORKS, IMPLEMENTATIONS, observe

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{PARENT}-01"

pytestmark = [
    pytest.mark.parametrize("implementation", IMPLEMENTATIONS),
    pytest.mark.parametrize("framework", FRAMEWORKS),
]


@pytest.fixture(autouse=True)
def _no_library_complains(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whoever sends a malformed header must not be able to fill the logs."""
    yield
    assert caplog.records == []


class Onward:
    """The headers that a handler sends on, read."""

    def __init__(self, sent: dict[str, str]) -> None:
        self.version, self.trace_id, self.span_id, self.flags = sent["traceparent"].split("-")
        self.state = sent.get("tracestate", "")
        self.baggage = sent.get("baggage", "")


def send(framework: str, implementation: str, *headers: tuple[str, str]) -> Onward:
    """Send a request, and read what its handler would send on."""
    seen = observe(framework, implementation, Request("GET", "/onward", headers=headers))
    assert seen.response.status == 200
    assert [line.event for line in seen.lines] == ["http.request"]
    onward = Onward(json.loads(seen.response.body))
    assert (onward.version, onward.trace_id) == ("00", seen.line.trace_id)
    assert onward.span_id == seen.line.span_id != PARENT
    return onward


# 3.2: a traceparent that is continued.
CONTINUED: dict[str, Headers] = {
    "alone": (("traceparent", VALID),),
    "its name in capitals": (("TRACEPARENT", VALID),),
    "its name in mixed case": (("TrAcEpArEnT", VALID),),
    "space before": (("traceparent", f" {VALID}"),),
    "tab before": (("traceparent", f"\t{VALID}"),),
    "space behind": (("traceparent", f"{VALID} "),),
    "tab behind": (("traceparent", f"{VALID}\t"),),
    "space around": (("traceparent", f"\t {VALID} \t"),),
    "a future version": (("traceparent", f"cc-{TRACE}-{PARENT}-01"),),
    "a future version that says more": (("traceparent", f"cc-{TRACE}-{PARENT}-01-what"),),
    "flags of the future": (("traceparent", f"00-{TRACE}-{PARENT}-ff"),),
    "with a tracestate that is none": (("traceparent", VALID), ("tracestate", "==;,")),
}

# 3.2: a traceparent that counts as none; the trace begins here.
RESTARTED: dict[str, Headers] = {
    "missing": (),
    "twice": (("traceparent", VALID), ("traceparent", f"00-{'1' * 32}-{PARENT}-01")),
    "twice the same": (("traceparent", VALID), ("traceparent", VALID)),
    "another name": (("trace-parent", VALID),),
    "another name with a dot": (("trace.parent", VALID),),
    "empty": (("traceparent", ""),),
    "version 00 that says more": (("traceparent", f"{VALID}-what"),),
    "version 00 with a dot behind": (("traceparent", f"{VALID}."),),
    "a future version that goes on without a dash": (
        ("traceparent", f"cc-{TRACE}-{PARENT}-01.what"),
    ),
    "version ff": (("traceparent", f"ff-{TRACE}-{PARENT}-01"),),
    "version in capitals": (("traceparent", f"CC-{TRACE}-{PARENT}-01"),),
    "version with a dot": (("traceparent", f".0-{TRACE}-{PARENT}-01"),),
    "version with a dot behind": (("traceparent", f"0.-{TRACE}-{PARENT}-01"),),
    "version of three digits": (("traceparent", f"000-{TRACE}-{PARENT}-01"),),
    "version of four digits": (("traceparent", f"0000-{TRACE}-{PARENT}-01"),),
    "version of one digit": (("traceparent", f"0-{TRACE}-{PARENT}-01"),),
    "trace id of zeros": (("traceparent", f"00-{'0' * 32}-{PARENT}-01"),),
    "trace id in capitals": (("traceparent", f"00-{TRACE.upper()}-{PARENT}-01"),),
    "trace id that begins with a dot": (("traceparent", f"00-.{TRACE[1:]}-{PARENT}-01"),),
    "trace id that ends with a dot": (("traceparent", f"00-{TRACE[:-1]}.-{PARENT}-01"),),
    "trace id too long": (("traceparent", f"00-{TRACE}0-{PARENT}-01"),),
    "trace id too short": (("traceparent", f"00-{TRACE[1:]}-{PARENT}-01"),),
    "span id of zeros": (("traceparent", f"00-{TRACE}-{'0' * 16}-01"),),
    "span id in capitals": (("traceparent", f"00-{TRACE}-{PARENT.upper()}-01"),),
    "span id that begins with a dot": (("traceparent", f"00-{TRACE}-.{PARENT[1:]}-01"),),
    "span id that ends with a dot": (("traceparent", f"00-{TRACE}-{PARENT[:-1]}.-01"),),
    "span id too long": (("traceparent", f"00-{TRACE}-{PARENT}0-01"),),
    "span id too short": (("traceparent", f"00-{TRACE}-{PARENT[1:]}-01"),),
    "flags that begin with a dot": (("traceparent", f"00-{TRACE}-{PARENT}-.0"),),
    "flags that end with a dot": (("traceparent", f"00-{TRACE}-{PARENT}-0."),),
    "flags too long": (("traceparent", f"00-{TRACE}-{PARENT}-001"),),
    "flags too short": (("traceparent", f"00-{TRACE}-{PARENT}-1"),),
    "digits of another script": (("traceparent", f"00-{TRACE[:-1]}\xb2-{PARENT}-01"),),
}


@pytest.mark.parametrize("case", CONTINUED)
def test_a_valid_traceparent_is_continued(framework: str, implementation: str, case: str) -> None:
    assert send(framework, implementation, *CONTINUED[case]).trace_id == TRACE


@pytest.mark.parametrize("case", RESTARTED)
def test_any_other_begins_a_trace_without_its_tracestate(
    framework: str, implementation: str, case: str
) -> None:
    onward = send(framework, implementation, *RESTARTED[case], ("tracestate", "foo=1"))
    assert onward.trace_id not in (TRACE, TRACE.upper(), "0" * 32, "1" * 32)
    assert onward.state == ""


@pytest.mark.parametrize(
    ("sent", "flags"),
    [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("fc", "00"), ("ff", "03")],
)
def test_sampled_and_random_are_kept_and_other_flags_are_not(
    framework: str, implementation: str, sent: str, flags: str
) -> None:
    header = ("traceparent", f"00-{TRACE}-{PARENT}-{sent}")
    assert send(framework, implementation, header).flags == flags


def test_a_trace_that_begins_here_has_a_random_id_and_says_so(
    framework: str, implementation: str
) -> None:
    onwards = [send(framework, implementation) for _ in range(3)]
    assert len({onward.trace_id for onward in onwards}) == 3
    assert {onward.flags for onward in onwards} == {"03"}


KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
VALUE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in ",=")
MEMBERS = [f"bar{number:02}={number:02}" for number in range(1, 34)]

# 3.3: lines of tracestate, and what of them goes on.
STATES: dict[str, tuple[tuple[str, ...], str]] = {
    "one line": (("foo=1,bar=2",), "foo=1,bar=2"),
    "an empty line": (("",), ""),
    "an empty line behind": (("foo=1", ""), "foo=1"),
    "an empty line before": (("", "foo=1"), "foo=1"),
    "empty members": ((",foo=1,,bar=2,",), "foo=1,bar=2"),
    "several lines are one list, in their order": (
        ("foo=1,bar=2", "rojo=1,congo=2", "baz=3"), "foo=1,bar=2,rojo=1,congo=2,baz=3",
    ),
    "space around members": (("foo=1 \t , \t bar=2, \t baz=3",), "foo=1,bar=2,baz=3"),
    "tabs around members": (("foo=1\t \t,\t \tbar=2,\t \tbaz=3",), "foo=1,bar=2,baz=3"),
    "space before": ((" foo=1",), "foo=1"),
    "tab before": (("\tfoo=1",), "foo=1"),
    "space behind": (("foo=1 ",), "foo=1"),
    "tab behind": (("foo=1\t",), "foo=1"),
    "space around": (("\t foo=1 \t",), "foo=1"),
    "space inside a value": (("foo=a b",), "foo=a b"),
    "space before a value": (("foo= a",), "foo= a"),
    "all characters of a key and a value": ((f"{KEY}={VALUE}",), f"{KEY}={VALUE}"),
    "a key with a tenant": ((f"{KEY}@{'a-z0-9_-*/'}={VALUE}",), f"{KEY}@{'a-z0-9_-*/'}={VALUE}"),
    "a key that begins with a digit": (("0foo=1",), "0foo=1"),
    "a tenant that begins with a digit": (("0foo@bar=1",), "0foo@bar=1"),
    "a key of 256 characters": (("foo=1", f"{'z' * 256}=1"), f"foo=1,{'z' * 256}=1"),
    "a tenant of 241 and a system of 14": (
        ("foo=1", f"{'t' * 241}@{'v' * 14}=1"), f"foo=1,{'t' * 241}@{'v' * 14}=1",
    ),
    "a value of 256 characters": ((f"foo={'v' * 256}",), f"foo={'v' * 256}"),
    "32 members": (
        (",".join(MEMBERS[:10]), ",".join(MEMBERS[10:20]), ",".join(MEMBERS[20:32])),
        ",".join(MEMBERS[:32]),
    ),
    "33 members": ((",".join(MEMBERS[:20]), ",".join(MEMBERS[20:])), ""),
    "a key twice, the same": (("foo=1,foo=1",), ""),
    "a key twice": (("foo=1,foo=2",), ""),
    "a key twice in two lines, the same": (("foo=1", "foo=1"), ""),
    "a key twice in two lines": (("foo=1", "foo=2"), ""),
    "space behind a key": (("foo =1",), ""),
    "a key in capitals": (("FOO=1",), ""),
    "a key with a dot": (("foo.bar=1",), ""),
    "no key": (("=1,bar=2",), ""),
    "no equals sign": (("foo,bar=2",), ""),
    "a tenant without a system": (("foo@=1,bar=2",), ""),
    "a system without a tenant": (("@foo=1,bar=2",), ""),
    "two at signs": (("foo@@bar=1,bar=2",), ""),
    "two systems": (("foo@bar@baz=1,bar=2",), ""),
    "a key of 257 characters": (("foo=1", f"{'z' * 257}=1"), ""),
    "a tenant of 242": (("foo=1", f"{'t' * 242}@v=1"), ""),
    "a system of 15": (("foo=1", f"t@{'v' * 15}=1"), ""),
    "an equals sign in a value": (("foo=bar=baz",), ""),
    "an empty value": (("foo=,bar=3",), ""),
    "a value of 257 characters": ((f"foo={'v' * 257},bar=3",), ""),
    "a letter of another script in a value": (("foo=caf\xe9,bar=3",), ""),
    "a control character in a value": (("foo=a\x01b,bar=3",), ""),
    "of 512 characters": (
        (f"a={'v' * 254},b={'v' * 253}",), f"a={'v' * 254},b={'v' * 253}",
    ),
    "of more, the large member goes first": (
        (f"a={'v' * 200},b={'v' * 120},c={'v' * 120},d={'v' * 120}",),
        f"b={'v' * 120},c={'v' * 120},d={'v' * 120}",
    ),
    "of more, then the last": (
        (",".join(f"k{number}={'v' * 100}" for number in range(6)),),
        ",".join(f"k{number}={'v' * 100}" for number in range(4)),
    ),
    "of 7,000 characters": ((",".join(f"k{number}={'v' * 220}" for number in range(32)),),
        ",".join(f"k{number}={'v' * 220}" for number in range(2))),
    "of 60,000 characters that say nothing": (("," * 60_000,), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", STATES)
@pytest.mark.parametrize("flags", ["00", "01"])
def test_a_tracestate_is_handed_on_whole_or_not_at_all(
    framework: str, implementation: str, case: str, flags: str
) -> None:
    lines, expected = STATES[case]
    parent = ("traceparent", f"00-{TRACE}-{PARENT}-{flags}")
    sent = send(framework, implementation, parent, *(("tracestate", line) for line in lines))
    assert (sent.trace_id, sent.state) == (TRACE, expected)


@pytest.mark.parametrize("name", ["trace-state", "trace.state"])
def test_a_tracestate_by_another_name_is_none(
    framework: str, implementation: str, name: str
) -> None:
    sent = send(framework, implementation, ("traceparent", VALID), (name, "foo=1"))
    assert sent.state == ""


@pytest.mark.parametrize("name", ["TraceState", "TrAcEsTaTe", "TRACESTATE"])
def test_a_tracestate_has_its_name_in_any_case(
    framework: str, implementation: str, name: str
) -> None:
    sent = send(framework, implementation, ("traceparent", VALID), (name, "foo=1"))
    assert sent.state == "foo=1"


PAIRS = [f"k{number:02}={number}" for number in range(70)]

# W3C Baggage: lines, and what of them goes on.
BAGGAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "one line": (("tenant=acme,colour=red",), "tenant=acme,colour=red"),
    "several lines are one list": (("tenant=acme", "colour=red"), "tenant=acme,colour=red"),
    "space around": (("tenant = acme , colour=red",), "tenant=acme,colour=red"),
    "encoded": (("city=K%C3%B6ln",), "city=K%C3%B6ln"),
    "an empty value": (("tenant=",), "tenant="),
    "a malformed member is left out": (("tenant=acme,=x,y,colour=red",), "tenant=acme,colour=red"),
    "64 members": ((",".join(PAIRS),), ",".join(PAIRS[:64])),
    "8192 characters": (
        (",".join(f"k{number}={'v' * 1996}" for number in range(6)),),
        ",".join(f"k{number}={'v' * 1996}" for number in range(4)),
    ),
    "a member of 10,000 characters": ((f"k={'v' * 10_000}",), ""),
    "letters of another script": (("tenant=caf\xe9,colour=red",), "colour=red"),
    "60,000 characters that say nothing": (("=;,;=%%" * 9_000,), ""),
}


@pytest.mark.parametrize("case", BAGGAGE)
def test_baggage_is_handed_on_within_its_limits(
    framework: str, implementation: str, case: str
) -> None:
    lines, expected = BAGGAGE[case]
    sent = send(framework, implementation, *(("baggage", line) for line in lines))
    assert sent.baggage == expected


def test_three_calls_of_one_request_are_in_one_trace(framework: str, implementation: str) -> None:
    sent = [send(framework, implementation, ("traceparent", VALID)) for _ in range(3)]
    assert {onward.trace_id for onward in sent} == {TRACE}
    assert len({onward.span_id for onward in sent}) == 3
