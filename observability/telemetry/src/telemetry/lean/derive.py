"""From a finished SERVER span: the histogram, the log line and the exported span.

Most of what a request says was said by the one before; a template holds that part, encoded.
A request adds its ids, its times and its path, and sometimes more.
"""

from struct import Struct
from typing import Any

from telemetry import names
from telemetry.canonical import canonical_line
from telemetry.contract import clip
from telemetry.export.otlp import encode_event, encode_link, encode_trace_state
from telemetry.export.pipeline import Lane
from telemetry.export.wire import chunk, length, pair, pairs, text
from telemetry.finished import FinishedRequest
from telemetry.lean.server import Facts, Plain, RawFacts, ServerSpan
from telemetry.lean.span import Event
from telemetry.lean.template import LOG_ATTRIBUTE, SPAN_ATTRIBUTE, Template, decode
from telemetry.logs import Sink, exception_attributes
from telemetry.red import RequestDurations
from telemetry.redaction import redact, redact_query, redact_text

# What clients choose is cached within bounds: a hostile one must not fill the memory.
_MOST_CACHED, _LONGEST_CACHED = 4096, 512
_SPAN_HEAD = Struct("<2s16s2s8scQcQ").pack
_LINE_HEAD = Struct("<cQcQ2s16s2s8s").pack
_DURATION_KEY = pair(LOG_ATTRIBUTE, names.DURATION_S, 0.0)[:-8]
_DOUBLE = Struct("<d").pack


class Derivation:
    """Measure once, derive three: handles a SERVER span after it has ended."""

    def __init__(
        self,
        durations: RequestDurations,
        *,
        spans: Lane | None,
        logs: Lane | None,
        log: Sink | None,
    ) -> None:
        self._durations = durations
        self._spans = spans
        self._logs = logs
        self._log = log
        self._templates: dict[RawFacts, Template] = {}
        self._paths: dict[str, tuple[str, bytes, bytes]] = {}

    def plain(self, request: Plain) -> None:
        """Derive the three signals of a request with nothing unusual."""
        facts, ids, parent, start, end, path = request
        template = self._templates.get(facts) or self._new_template(facts)
        shown = self._paths.get(path) or self._new_path(path)
        self._derive(template, ids, parent, start, end, shown, None)

    def full(self, span: ServerSpan) -> None:
        """Derive the three signals of any request."""
        template = self._templates.get(span.facts) or self._new_template(span.facts)
        shown = self._paths.get(span.path) or self._new_path(span.path)
        extra = Extra(span, failed=bool(template.facts.error_type))
        self._derive(template, span.ids, span.parent, span.start_time, span.end_time, shown, extra)

    def _derive(  # noqa: PLR0913, PLR0917 (called for each request: no object to pass instead)
        self,
        template: Template,
        ids: bytes,
        parent: bytes,
        start: int,
        end: int,
        path: tuple[str, bytes, bytes],
        extra: "Extra | None",
    ) -> None:
        seconds = (end - start) / 1e9
        self._durations.observe(template.series, seconds, end, ids if template.sampled else None)
        if self._spans and template.sampled:
            body = (
                _SPAN_HEAD(
                    b"\x0a\x10", ids[:16], b"\x12\x08", ids[16:], b"\x39", start, b"\x41", end
                )
                + (b"\x22\x08" + parent + template.span if parent else template.span)
                + (path[1] + extra.of_span if extra else path[1])
            )
            self._spans.add(b"\x12" + length(len(body)) + body)
        if self._logs:
            body = (
                _LINE_HEAD(b"\x09", end, b"\x59", end, b"\x4a\x10", ids[:16], b"\x52\x08", ids[16:])
                + template.line
                + (path[2] + extra.of_line if extra else path[2])
                + _DURATION_KEY
                + _DOUBLE(seconds)
            )
            self._logs.add(b"\x12" + length(len(body)) + body)
        if self._log:
            self._log(canonical_line(finished_request(template, ids, start, end, path[0], extra)))

    def _new_template(self, raw: RawFacts) -> Template:
        if len(self._templates) >= _MOST_CACHED:
            self._templates.clear()
        facts = Facts(*raw)
        template = Template(facts, self._durations)
        if len(facts.user_agent) + len(facts.host) + len(facts.method) <= _LONGEST_CACHED:
            self._templates[raw] = template
        return template

    def _new_path(self, path: str) -> tuple[str, bytes, bytes]:
        """Encode a path, cut and without credentials, for a span and for a line."""
        if len(self._paths) >= _MOST_CACHED:
            self._paths.clear()
        shown = clip(redact_text(path))
        encoded = (
            shown,
            pair(SPAN_ATTRIBUTE, names.URL_PATH, shown),
            pair(LOG_ATTRIBUTE, names.URL_PATH, shown),
        )
        if len(path) <= _LONGEST_CACHED:
            self._paths[path] = encoded
        return encoded


class Extra:
    """What only some requests have: a query, an exception, what a handler added."""

    def __init__(self, span: ServerSpan, *, failed: bool) -> None:
        described = exception_attributes(span.exception) if span.exception else {}
        self.exception = described if failed else {}
        self.attributes = redact(span.attributes or {})
        events = list(span.events or ())
        if described:
            events.append(Event(names.EXCEPTION_EVENT, described, span.end_time))
        self.of_line = pairs(LOG_ATTRIBUTE, (self.exception | self.attributes).items())
        self.of_span = b"".join(
            (
                encode_trace_state(b"\x1a", span.trace_state),
                pairs(SPAN_ATTRIBUTE, (self.attributes | _query(span)).items()),
                *map(encode_event, events),
                *map(encode_link, span.links or ()),
                chunk(b"\x2a", text(span.name)) if span.name else b"",
            )
        )


def _query(span: ServerSpan) -> dict[str, Any]:
    query = clip(redact_query(decode(span.query)))
    return {names.URL_QUERY: query} if query else {}


def finished_request(  # noqa: PLR0913, PLR0917
    template: Template, ids: bytes, start: int, end: int, path: str, extra: Extra | None
) -> FinishedRequest:
    """Return the measurement in the form that the canonical line takes."""
    facts = template.facts
    return FinishedRequest(
        method=template.method,
        route=facts.route,
        status=facts.status,
        path=path,
        start_ns=start,
        end_ns=end,
        trace_id=int.from_bytes(ids[:16], "big"),
        span_id=int.from_bytes(ids[16:], "big"),
        trace_flags=facts.trace_flags,
        error_type=facts.error_type,
        exception=extra.exception if extra else None,
        attributes=extra.attributes if extra else {},
    )
