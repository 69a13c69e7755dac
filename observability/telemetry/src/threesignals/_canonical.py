"""The canonical log line: what a finished request has to say, once."""

from typing import Any

from opentelemetry.trace import SpanContext

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._exceptions import exception_attributes
from threesignals._finished import FinishedRequest
from threesignals._log_record import SEVERITIES, LogRecord, Severity, kept


def severity(error_type: str) -> Severity:
    """Return the level of a request's line: an error when the service failed."""
    return SEVERITIES["error" if error_type else "info"]


def canonical_line(request: FinishedRequest) -> LogRecord:
    """Return the line of one request, whose parts have no secrets any more."""
    attributes: dict[str, Any] = {
        names.HTTP_REQUEST_METHOD: request.method,
        names.HTTP_ROUTE: request.route or names.UNMATCHED_ROUTE,
        names.URL_PATH: request.path,
        names.DURATION_S: request.duration_s,
    }
    if request.status:
        attributes[names.HTTP_RESPONSE_STATUS_CODE] = request.status
    if request.error_type:
        attributes[names.ERROR_TYPE] = request.error_type
    if request.exception:
        attributes.update(request.exception)
    if request.attributes:
        attributes = {**kept(request.attributes, attributes), **attributes}
    return LogRecord(
        timestamp_ns=request.end_ns,
        severity=severity(request.error_type),
        event=names.REQUEST_EVENT,
        attributes=attributes,
        trace_id=request.trace_id,
        span_id=request.span_id,
        trace_flags=request.trace_flags,
    )


def after_the_answer(failure: BaseException, context: SpanContext, route: str | None) -> LogRecord:
    """Return the line of an exception that came after the answer: a background task that failed.

    The request itself did not fail; its span has ended.
    """
    described = exception_attributes(failure)
    return LogRecord(
        timestamp_ns=CLOCK.now(),
        severity=SEVERITIES["error"],
        event=names.AFTER_ANSWER_EVENT,
        attributes={
            names.HTTP_ROUTE: route or names.UNMATCHED_ROUTE,
            names.ERROR_TYPE: described[names.EXCEPTION_TYPE],
            **described,
        },
        trace_id=context.trace_id,
        span_id=context.span_id,
        trace_flags=context.trace_flags,
    )
