"""A log line before it has a form: the same record becomes JSON, console text or OTLP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


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
