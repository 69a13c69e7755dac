"""From a finished SERVER span: the histogram, the log line and the exported span.

Most of what a request says was said by the one before. A template holds that part, encoded;
a request adds its ids, its times and its path.
"""

from struct import Struct
from typing import Any

from telemetry import names
from telemetry.canonical import canonical_line, severity
from telemetry.contract import clip, known_method, present, server_address, span_name
from telemetry.export.otlp import encode_event, encode_flags, encode_trace_state, log_frame
from telemetry.export.pipeline import Lane
from telemetry.export.wire import chunk, pair, pairs, text, varint
from telemetry.finished import FinishedRequest
from telemetry.lean.server import Facts, ServerSpan
from telemetry.lean.span import SERVER, Event
from telemetry.logs import Sink, exception_attributes
from telemetry.red import RequestDurations
from telemetry.redaction import redact, redact_query, redact_text
from telemetry.traceparent import SAMPLED

_MOST_TEMPLATES = 4096
_TIMES = Struct("<cQcQ").pack
_SPAN_ATTRIBUTE, _LOG_ATTRIBUTE = b"\x4a", b"\x32"
_DURATION_KEY, _, _ = pair(_LOG_ATTRIBUTE, names.DURATION_S, 0.0).partition(bytes(8))
_DOUBLE = Struct("<d").pack
_ERROR_STATUS = b"\x7a\x02\x18\x02"


class Template:
    """What all requests with the same facts share: encoded attributes, and their label set."""

    __slots__ = ("error_type", "labels", "log", "method", "span")

    def __init__(self, facts: Facts) -> None:
        attributes = describe(facts)
        self.method: str = attributes[names.HTTP_REQUEST_METHOD]
        self.error_type = facts.error_type
        route = facts.route or names.UNMATCHED_ROUTE
        status = str(facts.status) if facts.status else ""
        self.labels = (self.method, route, status, facts.error_type)
        self.span = b"".join(
            (
                chunk(b"\x2a", text(span_name(self.method, facts.route))),
                b"\x30" + varint(SERVER),
                pairs(_SPAN_ATTRIBUTE, attributes.items()),
                _ERROR_STATUS if facts.error_type else b"",
            )
        )
        line = present(
            {
                names.HTTP_REQUEST_METHOD: self.method,
                names.HTTP_ROUTE: route,
                names.HTTP_RESPONSE_STATUS_CODE: facts.status or None,
                names.ERROR_TYPE: facts.error_type,
            }
        )
        frame = log_frame(severity(facts.error_type), names.REQUEST_EVENT)
        self.log = frame + pairs(_LOG_ATTRIBUTE, line.items())


def describe(facts: Facts) -> dict[str, Any]:
    """Return the attributes that the facts of a request decide."""
    method = known_method(facts.method)
    address, port = server_address(_decode(facts.host))
    return present(
        {
            names.HTTP_REQUEST_METHOD: method,
            names.HTTP_REQUEST_METHOD_ORIGINAL: (
                clip(facts.method) if method == names.OTHER_METHOD else None
            ),
            names.HTTP_ROUTE: facts.route,
            names.HTTP_RESPONSE_STATUS_CODE: facts.status or None,
            names.ERROR_TYPE: facts.error_type,
            names.URL_SCHEME: facts.scheme,
            names.NETWORK_PROTOCOL_VERSION: facts.version,
            names.SERVER_ADDRESS: clip(address) if address else None,
            names.SERVER_PORT: port,
            names.CLIENT_ADDRESS: facts.client,
            names.USER_AGENT_ORIGINAL: clip(_decode(facts.user_agent)),
        }
    )


def _decode(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


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
        self._templates: dict[Facts, Template] = {}

    def handle(self, span: ServerSpan) -> None:
        """Derive the three signals of one request."""
        template = self._templates.get(span.facts) or self._new_template(span.facts)
        sampled = span.trace_flags & SAMPLED
        seconds = (span.end_time - span.start_time) / 1e9
        exemplar = (span.trace_id, span.span_id) if sampled else None
        self._durations.observe(template.labels, seconds, span.end_time / 1e9, exemplar)
        extra = _Extra(span) if _has_extra(span) else None
        trace_id, span_id = span.trace_id.to_bytes(16, "big"), span.span_id.to_bytes(8, "big")
        if self._spans and sampled:
            self._spans.add(encode_span(span, template, trace_id, span_id, extra))
        if self._logs:
            self._logs.add(encode_line(span, template, trace_id, span_id, seconds, extra))
        if self._log:
            self._log(canonical_line(finished_request(span, template, extra)))

    def _new_template(self, facts: Facts) -> Template:
        if len(self._templates) >= _MOST_TEMPLATES:
            self._templates.clear()
        template = self._templates[facts] = Template(facts)
        return template


def _has_extra(span: ServerSpan) -> bool:
    return bool(
        span.attributes or span.exception or span.events or span.query or span.links
        or span.trace_state or span.name or span.facts.error_type
    )  # fmt: skip


class _Extra:
    """What only some requests have: a query, an exception, what a handler added."""

    def __init__(self, span: ServerSpan) -> None:
        self.exception = exception_attributes(span.exception) if span.exception else None
        self.attributes = redact(span.attributes or {})
        self.events = list(span.events or ())
        if self.exception:
            self.events.append(Event(names.EXCEPTION_EVENT, self.exception, span.end_time))
        self.query = clip(redact_query(_decode(span.query)))
        self.failed = bool(span.facts.error_type)

    def of_span(self, span: ServerSpan) -> bytes:
        attributes = self.attributes | ({names.URL_QUERY: self.query} if self.query else {})
        return b"".join(
            (
                encode_trace_state(b"\x1a", span.trace_state),
                pairs(_SPAN_ATTRIBUTE, attributes.items()),
                *map(encode_event, self.events),
                chunk(b"\x2a", text(span.name)) if span.name else b"",
            )
        )

    def of_line(self) -> bytes:
        return pairs(_LOG_ATTRIBUTE, {**self.explained(), **self.attributes}.items())

    def explained(self) -> dict[str, str]:
        return self.exception if self.exception and self.failed else {}


def encode_span(
    span: ServerSpan, template: Template, trace_id: bytes, span_id: bytes, extra: _Extra | None
) -> bytes:
    """Encode an entry of ScopeSpans.spans."""
    parent = b"\x22\x08" + span.parent_id.to_bytes(8, "big") if span.parent_id else b""
    body = b"".join(
        (
            b"\x0a\x10", trace_id, b"\x12\x08", span_id, parent,
            _TIMES(b"\x39", span.start_time, b"\x41", span.end_time),
            encode_flags(b"\x85\x01", span.trace_flags, span.parent_is_remote),
            template.span,
            pairs(_SPAN_ATTRIBUTE, ((names.URL_PATH, path_of(span)),)),
            extra.of_span(span) if extra else b"",
        )
    )  # fmt: skip
    return chunk(b"\x12", body)


def encode_line(  # noqa: PLR0913, PLR0917 (what is computed once for both)
    span: ServerSpan,
    template: Template,
    trace_id: bytes,
    span_id: bytes,
    seconds: float,
    extra: _Extra | None,
) -> bytes:
    """Encode an entry of ScopeLogs.log_records."""
    body = b"".join(
        (
            _TIMES(b"\x09", span.end_time, b"\x59", span.end_time),
            template.log,
            pairs(_LOG_ATTRIBUTE, ((names.URL_PATH, path_of(span)),)),
            _DURATION_KEY, _DOUBLE(seconds),
            extra.of_line() if extra else b"",
            b"\x45", span.trace_flags.to_bytes(4, "little"),
            b"\x4a\x10", trace_id, b"\x52\x08", span_id,
        )
    )  # fmt: skip
    return chunk(b"\x12", body)


def path_of(span: ServerSpan) -> str:
    """Return the path to show: cut, and without credentials."""
    path = span.path
    return path if len(path) < 32 else clip(redact_text(path))


def finished_request(span: ServerSpan, template: Template, extra: _Extra | None) -> FinishedRequest:
    """Return the measurement in the form that the canonical line takes."""
    return FinishedRequest(
        method=template.method,
        route=span.facts.route,
        status=span.facts.status,
        path=path_of(span),
        start_ns=span.start_time,
        end_ns=span.end_time,
        trace_id=span.trace_id,
        span_id=span.span_id,
        sampled=bool(span.trace_flags & SAMPLED),
        error_type=template.error_type,
        exception=extra.explained() if extra else None,
        attributes=extra.attributes if extra else {},
    )
