"""Spans of the SDK that take anything: their own methods raise on what has no text or no hash."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Span

from threesignals import names
from threesignals._exceptions import exception_attributes
from threesignals._values import clean, clean_pair, clean_text


class Guard:
    """Stands before the methods of one span that take values."""

    def __init__(self, span: Span) -> None:
        self._set, self._add = span.set_attributes, span.add_event
        span.set_attribute = self.set_attribute  # type: ignore[method-assign]
        span.set_attributes = self.set_attributes  # type: ignore[method-assign]
        span.add_event = self.add_event  # type: ignore[method-assign]
        span.record_exception = self.record_exception  # type: ignore[method-assign]

    def set_attribute(self, key: Any, value: Any) -> None:  # noqa: ANN401 (whatever is given)
        """Set one attribute."""
        self._set(clean_pair(key, value))

    def set_attributes(self, attributes: Mapping[Any, Any]) -> None:
        """Set several attributes."""
        self._set(clean(attributes))

    def add_event(
        self,
        name: object,
        attributes: Mapping[Any, Any] | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Add an event."""
        self._add(clean_text(name), clean(attributes), timestamp)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[Any, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Record an exception as an event."""
        described = {**exception_attributes(exception), **clean(attributes)}
        self._add(names.EXCEPTION_EVENT, described, timestamp)
