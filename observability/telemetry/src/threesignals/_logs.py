"""Structured logs: structlog in front, one record behind, any of three forms at the end."""

import logging
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import orjson
import structlog
from opentelemetry import trace

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._log_record import SEVERITIES, LogRecord
from threesignals._redaction import redact, redact_text

BoundLogger = structlog.typing.FilteringBoundLogger
Sink = Callable[[LogRecord], None]
_EventDict = MutableMapping[str, Any]
LOWEST = "debug"


def logger(name: str, sink: Sink, level: Callable[[], str]) -> BoundLogger:
    """Return a logger whose lines carry the current trace, without secrets, to `sink`.

    `level` tells the lowest that passes now: it may change while the process runs.
    """
    return cast(
        BoundLogger,
        structlog.wrap_logger(
            _SinkLogger(sink),
            processors=[
                _floor(level),
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                _explain_exception,
                _to_record,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(LOWEST),
        ).bind(**{names.LOG_LOGGER: name}),
    )


def _floor(level: Callable[[], str]) -> structlog.typing.Processor:
    def drop_below(_: object, method: str, event: _EventDict) -> _EventDict:
        if SEVERITIES[method].number < SEVERITIES[level()].number:
            raise structlog.DropEvent
        return event

    return drop_below


class _SinkLogger:
    """What structlog calls at the end, by the name of the level."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def __getattr__(self, level: str) -> Sink:
        return self._sink


def _explain_exception(_: object, __: str, event: _EventDict) -> _EventDict:
    """Turn `exc_info` into the keys that the semantic conventions give an exception."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    elif isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event.update(exception_attributes(raised))
    return event


def exception_attributes(raised: BaseException) -> dict[str, str]:
    """Describe an exception: its type, its message and its stack, without credentials."""
    stack = "".join(traceback.format_exception(raised))
    return {
        names.EXCEPTION_TYPE: qualified_name(type(raised)),
        names.EXCEPTION_MESSAGE: redact_text(str(raised)),
        names.EXCEPTION_STACKTRACE: redact_text(stack),
    }


def qualified_name(kind: type) -> str:
    """Name a type as the conventions do: with its module, unless it is a built-in."""
    prefix = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    return f"{prefix}{kind.__qualname__}"


def _to_record(_: object, __: str, event: _EventDict) -> tuple[tuple[LogRecord], dict[str, Any]]:
    """Finish a line: correlation comes from the current span, not from the caller."""
    context = trace.get_current_span().get_span_context()
    record = LogRecord(
        timestamp_ns=CLOCK.now(),
        severity=SEVERITIES[event.pop("level")],
        event=str(event.pop("event")),
        attributes=redact(event),
        trace_id=context.trace_id,
        span_id=context.span_id,
        trace_flags=context.trace_flags,
    )
    return (record,), {}


class StandardHandler(logging.Handler):
    """Takes what libraries log through `logging` into the same stream."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._logger = _SinkLogger(sink)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record, as an event whose text is the library's message."""
        level = next(
            (name for name in ("critical", "error", "warning", "info")
             if record.levelno >= getattr(logging, name.upper())), "debug",
        )  # fmt: skip
        event: _EventDict = {
            "event": redact_text(record.getMessage()),
            "level": level,
            names.LOG_LOGGER: record.name,
            "exc_info": record.exc_info,
        }
        try:
            (finished,), _ = _to_record(None, level, _explain_exception(None, level, event))
            self._logger.info(finished)
        except Exception:
            self.handleError(record)


def as_mapping(record: LogRecord) -> dict[str, Any]:
    """Lay a record out as the flat keys of a JSON line."""
    line: dict[str, Any] = {
        names.LOG_TIMESTAMP: _iso(record.timestamp_ns),
        names.LOG_LEVEL: record.severity.name,
        names.LOG_EVENT: record.event,
    }
    if record.trace_id:
        line[names.TRACE_ID] = f"{record.trace_id:032x}"
        line[names.SPAN_ID] = f"{record.span_id:016x}"
    line.update(record.attributes)
    return line


def _iso(timestamp_ns: int) -> str:
    moment = datetime.fromtimestamp(timestamp_ns // 1_000_000_000, UTC)
    micros = timestamp_ns % 1_000_000_000 // 1000
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def json_sink(stream: BinaryIO, resource: Mapping[str, str]) -> Sink:
    """Write one JSON object a line, with the name of the service."""
    service = {names.SERVICE_NAME: resource[names.SERVICE_NAME]}

    def write(record: LogRecord) -> None:
        line = as_mapping(record) | service
        stream.write(orjson.dumps(line, default=str, option=_JSON_OPTIONS))
        stream.flush()

    return write


_JSON_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS


def console_sink(stream: BinaryIO) -> Sink:
    """Write for a person at a terminal, in colours."""
    render = structlog.dev.ConsoleRenderer(pad_event_to=16)

    def write(record: LogRecord) -> None:
        text = render(None, record.severity.name, as_mapping(record))
        stream.write(f"{text}\n".encode("utf-8", "replace"))
        stream.flush()

    return write


def stdout_sink(resource: Mapping[str, str]) -> Sink:
    """Choose the form that suits standard output: colours on a terminal, JSON elsewhere."""
    stream = sys.stdout.buffer
    return console_sink(stream) if sys.stdout.isatty() else json_sink(stream, resource)
