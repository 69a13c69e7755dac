"""Lines that code logs itself: structlog's interface, taking anything, raising nothing."""

import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

import structlog
from opentelemetry import trace

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._exceptions import exception_attributes
from threesignals._log_record import SEVERITIES, LogRecord, kept
from threesignals._values import clean, clean_text, text_of, type_name

BoundLogger = structlog.typing.FilteringBoundLogger
Sink = Callable[[LogRecord], None]


def logger(name: str, sink: Sink, level: Callable[[], str]) -> BoundLogger:
    """Return a logger whose lines carry the current trace, without secrets, to `sink`.

    `level` tells the lowest that passes now: it may change while the process runs.
    """
    return cast(BoundLogger, _Logger(_Output(name, sink, level), [], {}))


class _Output(NamedTuple):
    name: str
    sink: Sink
    level: Callable[[], str]


def line(
    level: str, event: object, logger_name: str, fields: Mapping[str, Any], exc_info: object = None
) -> LogRecord:
    """Return one line; correlation comes from the current span, not from the caller."""
    context = trace.get_current_span().get_span_context()
    raised = _raised(exc_info)
    described = exception_attributes(raised) if raised else {}
    ours = {names.LOG_LOGGER: logger_name, **described}
    return LogRecord(
        timestamp_ns=CLOCK.now(),
        severity=SEVERITIES[level],
        event=clean_text(event),
        attributes={**kept(clean(fields), ours), **ours},
        trace_id=context.trace_id,
        span_id=context.span_id,
        trace_flags=context.trace_flags,
    )


def _raised(exc_info: object) -> BaseException | None:
    """Return the exception that `exc_info` stands for, in any of the forms that logging takes."""
    if exc_info is True:
        return sys.exc_info()[1]
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1] if len(exc_info) > 1 else None
    return exc_info if isinstance(exc_info, BaseException) else None


def level_name(level: object) -> str:
    """Return the level whose lines these are: the next lower one of a number between two."""
    if isinstance(level, (int, float)):
        passed = (name for name in _DESCENDING if level >= getattr(logging, name.upper()))
        return next(passed, "debug")
    name = text_of(level).lower()
    return name if name in SEVERITIES else "info"


_DESCENDING = ("critical", "error", "warning", "info")


def _interpolated(event: object, arguments: tuple[Any, ...]) -> object:
    """Fill in a message's arguments, as `logging` does; the raw text when they do not fit."""
    if not arguments:
        return event
    try:
        single = arguments[0] if len(arguments) == 1 else None
        return str(event) % (single if isinstance(single, Mapping) and single else arguments)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return event


class _Logger(structlog.BoundLoggerBase):
    """A bound logger. A caller's keys are keyword arguments of any name, `event` and `self` too."""

    _logger: _Output

    def _emit(
        self, level: str, event: object, arguments: Iterable[Any], given: dict[str, Any]
    ) -> None:
        if SEVERITIES[level].number < SEVERITIES[self._logger.level()].number:
            return
        try:
            self._logger.sink(self._line(level, event, tuple(arguments), given))
        except KeyboardInterrupt:
            raise
        except BaseException as failure:
            self._logger.sink(_substitute(level, event, self._logger.name, failure))

    def _line(
        self, level: str, event: object, arguments: tuple[Any, ...], given: dict[str, Any]
    ) -> LogRecord:
        exc_info = given.pop("exc_info", None)
        fields = {**structlog.contextvars.get_contextvars(), **self._context, **given}
        return line(level, _interpolated(event, arguments), self._logger.name, fields, exc_info)

    def debug(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("debug", event, arguments, given)

    def info(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("info", event, arguments, given)

    def warning(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("warning", event, arguments, given)

    def error(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("error", event, arguments, given)

    def critical(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("critical", event, arguments, given)

    def exception(self, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit("error", event, arguments, {"exc_info": True, **given})

    def log(self, level: object, event: object = "", /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        self._emit(level_name(level), event, arguments, given)

    def is_enabled_for(self, level: object) -> bool:
        return SEVERITIES[level_name(level)].number >= SEVERITIES[self._logger.level()].number

    def get_effective_level(self) -> int:
        return int(getattr(logging, self._logger.level().upper()))

    warn, msg, fatal = warning, info, critical


def _substitute(level: str, event: object, name: str, failure: BaseException) -> LogRecord:
    """Return the line that stands for one that could not be made."""
    attributes = {names.LOG_LOGGER: name, names.LOG_FAULT: type_name(failure)}
    return LogRecord(
        timestamp_ns=CLOCK.now(),
        severity=SEVERITIES[level],
        event=clean_text(event),
        attributes=attributes,
    )


def _awaitable(method: str) -> Callable[..., Awaitable[None]]:
    """Make the variant that is awaited; a line only joins a queue, so that it need not wait."""

    async def log(self: _Logger, /, *arguments: Any, **given: Any) -> None:  # noqa: ANN401
        getattr(self, method)(*arguments, **given)

    return log


for _method in ("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception",
                "msg", "log"):  # fmt: skip
    setattr(_Logger, f"a{_method}", _awaitable(_method))
