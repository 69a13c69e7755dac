"""Where contrib's CLIENT spans depart from the contract, and how they are put right."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Status, StatusCode

from threesignals import names
from threesignals._contract import query_span_name
from threesignals._contrib.conform import copy, events_once, exception_of
from threesignals._limits import LONGEST_VALUE
from threesignals._values import clean_text

_HTTP = frozenset(
    {
        names.HTTP_REQUEST_METHOD,
        names.HTTP_RESPONSE_STATUS_CODE,
        names.SERVER_ADDRESS,
        names.SERVER_PORT,
        names.URL_FULL,
        names.ERROR_TYPE,
    }
)
_DATABASE = frozenset(
    {
        names.DB_SYSTEM_NAME,
        names.DB_NAMESPACE,
        names.DB_OPERATION_NAME,
        names.DB_QUERY_TEXT,
        names.SERVER_ADDRESS,
        names.SERVER_PORT,
        names.ERROR_TYPE,
    }
)


def conform_client(span: ReadableSpan) -> ReadableSpan:
    """Return an HTTP or database span as the contract has it; any other as it is."""
    attributes = span.attributes or {}
    if names.DB_SYSTEM_NAME in attributes:
        return _database(span)
    return _http(span) if names.URL_FULL in attributes else span


def _http(span: ReadableSpan) -> ReadableSpan:
    """Redact the URL, and name an exception with its module."""
    attributes = _only(span, _HTTP)
    attributes[names.URL_FULL] = clean_text(attributes[names.URL_FULL], LONGEST_VALUE)
    attributes.setdefault(
        names.SERVER_PORT, 443 if attributes[names.URL_FULL].startswith("https:") else 80
    )
    events = events_once(span.events)
    if exception := exception_of(events):
        attributes[names.ERROR_TYPE] = exception[names.EXCEPTION_TYPE]
    return copy(span, span.name, attributes, events, _status(span))


def _database(span: ReadableSpan) -> ReadableSpan:
    """Name the operation in capitals, and an error that contrib only describes in words."""
    attributes = _only(span, _DATABASE)
    verb = str(attributes.get(names.DB_OPERATION_NAME, "")).split(" ")[0].upper()
    attributes[names.DB_OPERATION_NAME] = verb
    if span.status.status_code is StatusCode.ERROR:
        attributes[names.ERROR_TYPE] = names.OTHER_ERROR
    system, namespace = attributes[names.DB_SYSTEM_NAME], attributes.get(names.DB_NAMESPACE)
    name = query_span_name(verb, namespace, system)
    return copy(span, name, attributes, events_once(span.events), _status(span))


def _only(span: ReadableSpan, kept: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in (span.attributes or {}).items() if key in kept}


def _status(span: ReadableSpan) -> Status:
    return Status(span.status.status_code)
