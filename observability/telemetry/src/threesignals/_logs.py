"""Where lines go: libraries' own come in from `logging`, and all go out in one of three forms."""

import contextlib
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog

from threesignals import names
from threesignals._log_record import LogRecord
from threesignals._logger import BoundLogger, Sink, level_name, line, logger
from threesignals._values import text_of

__all__ = ["LOWEST", "BoundLogger", "Sink", "StandardHandler", "logger", "stdout_sink"]

LOWEST = "debug"

# What every record of `logging` has; the rest is what a caller gave as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class StandardHandler(logging.Handler):
    """Takes what libraries log through `logging` into the same stream."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record, as an event whose text is the library's message."""
        try:
            self._sink(_line_of(record))
        except Exception:
            self.handleError(record)


def _line_of(record: logging.LogRecord) -> LogRecord:
    extra = {key: value for key, value in vars(record).items() if key not in _USUAL}
    if record.exc_text and not record.exc_info:  # formatted already, on its way through a queue
        extra[names.EXCEPTION_STACKTRACE] = record.exc_text
    level = level_name(record.levelno)
    return line(level, _message(record), text_of(record.name), extra, record.exc_info)


def _message(record: logging.LogRecord) -> object:
    """Return a record's message; its raw text when the arguments do not fit."""
    try:
        return record.getMessage()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return record.msg


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
        _write(stream, orjson.dumps(as_mapping(record) | service, option=orjson.OPT_APPEND_NEWLINE))

    return write


def _write(stream: BinaryIO, data: bytes) -> None:
    """Write, unless nobody reads any more: that is no fault of the one who logs."""
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
        stream.flush()


def console_sink(stream: BinaryIO) -> Sink:
    """Write for a person at a terminal, in colours."""
    render = structlog.dev.ConsoleRenderer(pad_event_to=16)

    def write(record: LogRecord) -> None:
        text = render(None, record.severity.name, as_mapping(record))
        _write(stream, f"{text}\n".encode("utf-8", "replace"))

    return write


def stdout_sink(resource: Mapping[str, str]) -> Sink:
    """Choose the form that suits standard output: colours on a terminal, JSON elsewhere."""
    stream = getattr(sys.stdout, "buffer", None) or os.fdopen(1, "wb", closefd=False)
    with contextlib.suppress(AttributeError, ValueError, OSError):
        if sys.stdout.isatty():
            return console_sink(stream)
    return json_sink(stream, resource)
