"""What all requests with the same facts share, described and encoded once."""

from typing import Any

from threesignals import names
from threesignals._canonical import severity
from threesignals._contract import known_method, present, server_address, span_name
from threesignals._export.otlp import encode_flags, log_frame
from threesignals._export.wire import chunk, pairs, text, varint
from threesignals._lean.server import Facts
from threesignals._lean.span import SERVER
from threesignals._limits import LONGEST_VALUE
from threesignals._red import RequestDurations, Series
from threesignals._traceparent import SAMPLED
from threesignals._values import clean_text

SPAN_ATTRIBUTE, LOG_ATTRIBUTE = b"\x4a", b"\x32"
_ERROR_STATUS = b"\x7a\x02\x18\x02"


class Template:
    """The encoded part of a span and of a log line, and the series that counts.

    Without `durations` the request is not a latency: its series is shown to nobody.
    """

    __slots__ = ("facts", "line", "method", "sampled", "series", "span")

    def __init__(self, facts: Facts, durations: RequestDurations | None) -> None:
        attributes = describe(facts)
        self.facts = facts
        self.method: str = attributes[names.HTTP_REQUEST_METHOD]
        self.sampled = bool(facts.trace_flags & SAMPLED)
        self.series = durations.series(labels(facts, self.method)) if durations else Series()
        self.span = b"".join(
            (
                chunk(b"\x2a", text(span_name(self.method, facts.route))),
                b"\x30" + varint(SERVER),
                encode_flags(b"\x85\x01", facts.trace_flags, facts.parent_is_remote),
                pairs(SPAN_ATTRIBUTE, attributes.items()),
                _ERROR_STATUS if facts.error_type else b"",
            )
        )
        self.line = b"".join(
            (
                log_frame(severity(facts.error_type), names.REQUEST_EVENT),
                b"\x45" + facts.trace_flags.to_bytes(4, "little"),
                pairs(LOG_ATTRIBUTE, line(facts, self.method).items()),
            )
        )


def labels(facts: Facts, method: str) -> tuple[str, str, str, str]:
    """Return the label set of the histogram."""
    route = facts.route or names.UNMATCHED_ROUTE
    return method, route, str(facts.status) if facts.status else "", facts.error_type


def line(facts: Facts, method: str) -> dict[str, Any]:
    """Return the part of the canonical line that the facts decide."""
    return present(
        {
            names.HTTP_REQUEST_METHOD: method,
            names.HTTP_ROUTE: facts.route or names.UNMATCHED_ROUTE,
            names.HTTP_RESPONSE_STATUS_CODE: facts.status or None,
            names.ERROR_TYPE: facts.error_type,
        }
    )


def describe(facts: Facts) -> dict[str, Any]:
    """Return the attributes of the span that the facts decide."""
    method = known_method(facts.method)
    address, port = server_address(decode(facts.host))
    return present(
        {
            names.HTTP_REQUEST_METHOD: method,
            names.HTTP_REQUEST_METHOD_ORIGINAL: (
                clean_text(facts.method, LONGEST_VALUE) if method == names.OTHER_METHOD else None
            ),
            names.HTTP_ROUTE: facts.route,
            names.HTTP_RESPONSE_STATUS_CODE: facts.status or None,
            names.ERROR_TYPE: facts.error_type,
            names.URL_SCHEME: facts.scheme,
            names.NETWORK_PROTOCOL_VERSION: facts.version,
            names.SERVER_ADDRESS: clean_text(address, LONGEST_VALUE) if address else None,
            names.SERVER_PORT: port,
            names.CLIENT_ADDRESS: facts.client,
            names.USER_AGENT_ORIGINAL: clean_text(decode(facts.user_agent), LONGEST_VALUE),
        }
    )


def decode(value: str | bytes) -> str:
    """Return a header's text."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
