"""From a finished SERVER span: the histogram, the log line and the exported span.

Most of what a request says was said by the one before; a template holds that part, encoded.
A request adds its ids, its times and its path, and sometimes more.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any, NamedTuple

from threesignals import names
from threesignals._canonical import canonical_line
from threesignals._clock import CLOCK
from threesignals._contract import SERVER_ATTRIBUTES
from threesignals._exceptions import exception_attributes
from threesignals._export.otlp import encode_events, encode_links, encode_trace_state
from threesignals._export.pipeline import Lane
from threesignals._export.wire import chunk, pair, pairs, text
from threesignals._finished import FinishedRequest
from threesignals._lean.server import Facts, RawFacts, ServerSpan
from threesignals._lean.span import Event
from threesignals._lean.template import LOG_ATTRIBUTE, SPAN_ATTRIBUTE, Template, decode
from threesignals._limits import LONGEST_CACHED, LONGEST_VALUE
from threesignals._log_record import kept
from threesignals._logger import Sink
from threesignals._red import RequestDurations
from threesignals._values import Cleaner, clean_text

# What clients choose is cached within bounds: a hostile one must not fill the memory.
_MOST_CACHED = 4096
# What is fixed in size comes first; protobuf's fields may come in any order.
_PARENT = b"\x22\x08"
_span_head = Struct("<2s16s2s8scQcQ").pack
_DURATION_KEY = pair(LOG_ATTRIBUTE, names.DURATION_S, 0.0)[:-8]
_line_head = Struct(f"<cQcQ2s16s2s8s{len(_DURATION_KEY)}sd").pack


class Path(NamedTuple):
    """A path as it is shown, cut and without credentials; encoded for a span and for a line."""

    text: str
    of_span: bytes
    of_line: bytes


# Facts, ids, parent, start, end, path, and what only some requests have.
Measured = tuple[RawFacts, bytes, bytes, int, int, str, "Extra | None"]


class Derivation:
    """Measure once, derive three: handles a SERVER span after it has ended."""

    def __init__(
        self,
        durations: RequestDurations,
        *,
        spans: Lane | None,
        logs: Lane | None,
        log: Sink | None,
        untimed_routes: frozenset[str] = frozenset(),
    ) -> None:
        self._durations = durations
        self._untimed = untimed_routes
        self._spans = spans
        self._logs = logs
        self._log = log
        self._templates: dict[RawFacts, Template] = {}
        self._paths: dict[str, Path] = {}

    def print_no_more(self) -> None:
        """Leave standard output alone: the collector takes the lines."""
        self._log = None

    def full(self, spans: Iterator[ServerSpan]) -> None:
        """Derive the three signals of any request."""
        self.plain(map(_measured, spans))

    def plain(self, requests: Iterator[Measured]) -> None:
        """Derive the three signals of each request."""
        templates, paths, observe = self._templates, self._paths, self._durations.observe
        spans, lines = self._spans, self._logs
        offset = CLOCK.offset()
        for facts, ids, parent, start, end, path, extra in requests:
            template = templates.get(facts) or self._new_template(facts)
            shown = paths.get(path) or self._new_path(path)
            seconds = (end - start) / 1e9
            start += offset  # noqa: PLW2901
            end += offset  # noqa: PLW2901
            trace_id, span_id = ids[:16], ids[16:]
            observe(template.series, seconds, end, ids if template.sampled else None)
            if extra:
                shown = extra.after(shown)
            if spans and template.sampled:
                head = _span_head(
                    b"\x0a\x10", trace_id, b"\x12\x08", span_id, b"\x39", start, b"\x41", end
                )
                spans.add(head + _PARENT + parent if parent else head, template.span, shown.of_span)
            if lines:
                head = _line_head(
                    b"\x09", end, b"\x59", end, b"\x4a\x10", trace_id, b"\x52\x08", span_id,
                    _DURATION_KEY, seconds,
                )  # fmt: skip
                lines.add(head, template.line, shown.of_line)
            if self._log:
                self._log(
                    canonical_line(finished_request(template, ids, start, end, shown.text, extra))
                )

    def _new_template(self, raw: RawFacts) -> Template:
        if len(self._templates) >= _MOST_CACHED:
            self._templates.clear()
        facts = Facts(*raw)
        timed = facts.timed and facts.route not in self._untimed
        template = Template(facts, self._durations if timed else None)
        if len(facts.user_agent) + len(facts.host) + len(facts.method) <= LONGEST_CACHED:
            self._templates[raw] = template
        return template

    def _new_path(self, path: str) -> Path:
        if len(self._paths) >= _MOST_CACHED:
            self._paths.clear()
        shown = clean_text(path, LONGEST_VALUE)
        of_span, of_line = (
            pair(tag, names.URL_PATH, shown) for tag in (SPAN_ATTRIBUTE, LOG_ATTRIBUTE)
        )
        described = Path(shown, of_span, of_line)
        if len(path) <= LONGEST_CACHED:
            self._paths[path] = described
        return described


def _measured(span: ServerSpan) -> Measured:
    """Return the form that most requests have from the start, with what is unusual on top."""
    times = span.start_time, span.end_time
    return span.facts, span.ids, span.parent, *times, span.path, Extra(span)


class Extra:
    """What only some requests have: a query, an exception, what a handler added."""

    def __init__(self, span: ServerSpan) -> None:
        cause = span.cause() if Facts(*span.facts).error_type else None
        self.exception = (span.described or exception_attributes(cause)) if cause else {}
        cleaner = Cleaner()
        # What is measured is not replaced by what a handler calls the same.
        self.attributes = {
            f"{names.EXTRA}{key}" if key in SERVER_ATTRIBUTES else key: value
            for key, value in cleaner.attributes(span.attributes or {}).items()
        }
        events = list(span.events or ())
        if cause and not any(known is cause for known in span.recorded or ()):
            events.append(
                Event(names.EXCEPTION_EVENT, self.exception, span.end_time + CLOCK.offset())
            )
        on_line = kept(self.attributes, (names.DURATION_S, *self.exception))
        self.of_line = pairs(LOG_ATTRIBUTE, (self.exception | on_line).items())
        self.of_span = b"".join(
            (
                encode_trace_state(b"\x1a", span.trace_state),
                pairs(SPAN_ATTRIBUTE, (self.attributes | _query(span)).items()),
                encode_events(events, cleaner),
                encode_links(span.links or (), cleaner),
                chunk(b"\x2a", text(cleaner.text(span.name, LONGEST_VALUE))) if span.name else b"",
            )
        )

    def after(self, path: Path) -> Path:
        """Return what follows the template, with all of this behind it."""
        return Path(path.text, path.of_span + self.of_span, path.of_line + self.of_line)


def _query(span: ServerSpan) -> dict[str, Any]:
    query = clean_text(decode(span.query), LONGEST_VALUE)
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
