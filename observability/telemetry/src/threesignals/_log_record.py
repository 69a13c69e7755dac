"""A log line before it has a form: the same record becomes JSON, console text or OTLP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from threesignals import names


class Severity(NamedTuple):
    """A level with its OTLP number and its text."""

    name: str
    number: int
    text: bytes


SEVERITIES = {
    severity.name: severity
    for severity in (
        Severity("debug", 5, b"DEBUG"),
        Severity("info", 9, b"INFO"),
        Severity("warning", 13, b"WARN"),
        Severity("error", 17, b"ERROR"),
        Severity("critical", 21, b"FATAL"),
    )
}


@dataclass(slots=True, frozen=True, kw_only=True)
class LogRecord:
    """One log line. `event` is a short constant; what varies is in `attributes`.

    `trace_id` is 0 outside a request; then `span_id` and `trace_flags` mean nothing.
    """

    timestamp_ns: int
    severity: Severity
    event: str
    attributes: Mapping[str, Any]
    trace_id: int = 0
    span_id: int = 0
    trace_flags: int = 0


# Keys of every line; what a caller gives under one of them is kept beside it.
_EVERY_LINE = frozenset(
    {
        names.LOG_TIMESTAMP,
        names.LOG_LEVEL,
        names.LOG_EVENT,
        names.LOG_LOGGER,
        names.TRACE_ID,
        names.SPAN_ID,
        names.SERVICE_NAME,
    }
)


def kept(given: Mapping[str, Any], ours: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a caller gives, under keys that replace neither `ours` nor every line's."""
    taken = _EVERY_LINE.union(ours)
    return {f"{names.EXTRA}{key}" if key in taken else key: value for key, value in given.items()}
