"""The W3C headers that carry a trace from one process to the next, and back (level 2)."""

import re

from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from threesignals.names import TRACERESPONSE

SAMPLED, RANDOM = 0x01, 0x02

_TRACEPARENT = re.compile(
    r"[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*"
).fullmatch
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16

# Level 2 lets any key begin with a digit; the first level's form of a key with a tenant is kept,
# because the recommendation's own tests hold implementations to it.
_MEMBER = re.compile(
    r"([a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=([ -+\--<>-~]{0,255}[!-+\--<>-~])"
).fullmatch
MOST_MEMBERS = 32
LONGEST_STATE = 512
_LONGEST_LIST = 32 * 514  # what is valid at most; a longer one is not worth the time to read it
_LARGE_MEMBER = 128


def parse(header: str) -> tuple[str, str, int] | None:
    """Read a `traceparent`: trace id, span id (hexadecimal) and flags.

    None when it is not valid, which counts as if there were none.
    """
    match = _TRACEPARENT(header)
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest):
        return None
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return trace_id, span_id, int(flags, 16)


class ReceivedState(TraceState):
    """A `tracestate` that was checked on arrival; the API would check it anew, by level 1."""

    def __init__(self, entries: dict[str, str]) -> None:
        self._dict = entries


def parse_state(header: str) -> TraceState | None:
    """Read a `tracestate`, whose several lines are joined by commas.

    One member that is malformed or repeated, or a 33rd, makes all of it count as absent.
    Of more than 512 characters, whole members are left out: large ones first, then the last.
    """
    if len(header) > _LONGEST_LIST:
        return None
    entries: dict[str, str] = {}
    for member in header.split(","):
        if not (member := member.strip(" \t")):
            continue
        match = _MEMBER(member)
        if match is None or match[1] in entries or len(entries) == MOST_MEMBERS:
            return None
        entries[match[1]] = match[2]
    _shorten(entries)
    return ReceivedState(entries) if entries else None


def _shorten(entries: dict[str, str]) -> None:
    sizes = {key: len(key) + len(value) + 2 for key, value in entries.items()}
    excess = sum(sizes.values()) - 1 - LONGEST_STATE
    last_first = list(reversed(sizes))
    for key in sorted(last_first, key=lambda key: sizes[key] <= _LARGE_MEMBER):
        if excess <= 0:
            return
        excess -= sizes[key]
        del entries[key]


def context_of(parent: tuple[str, str, int], state: TraceState | None = None) -> SpanContext:
    """Return what `parse` read in the form of OpenTelemetry's API."""
    trace_id, span_id, flags = parent
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True,
        trace_flags=TraceFlags(flags), trace_state=state,
    )  # fmt: skip


def traceresponse(context: SpanContext) -> tuple[str, str]:
    """Return the response header that tells a caller where its trace is."""
    flags = context.trace_flags
    return TRACERESPONSE, f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"
