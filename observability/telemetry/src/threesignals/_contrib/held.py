"""A SERVER span of the SDK that lasts as long as its answer, whoever made it ends it earlier."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanContext, StatusCode

from threesignals import names
from threesignals._canonical import after_the_answer
from threesignals._contract import client_gone, error_type
from threesignals._contrib.conform import Ending, endings
from threesignals._exceptions import exception_attributes, qualified_name
from threesignals._traceparent import context_of, parse, traceresponse

if TYPE_CHECKING:
    from threesignals._core import Telemetry


class Held:
    """One request's span: the adapter says when it ends and what failed it."""

    status: int
    route: str | None

    def __init__(self, telemetry: "Telemetry", traceparent: str | None) -> None:
        self._telemetry = telemetry
        self._traceparent = traceparent
        self._recorded: list[BaseException] = []
        self._exception: BaseException | None = None
        self._described: dict[str, str] | None = None
        self._failed = self._gone = self._muted = self.ended = self.told = False

    def hold(self, span: trace.Span) -> None:
        """Take over a span that contrib has just started; leave one alone that records nothing."""
        self.context = span.get_span_context()
        if not isinstance(span, Span):
            self.ended = self._muted = True
            return
        self.span = span
        self._telemetry.durations.active.add(self)  # type: ignore[arg-type]  # with its Answer
        if self._telemetry.witness.waiting:
            self._telemetry.witness.start()
        self._end: Callable[[], None] = span.end
        span.end = _not_yet  # type: ignore[method-assign, assignment]
        span.record_exception = self.record_exception  # type: ignore[method-assign]
        link = self._telemetry.settings.incoming == "link" and self._traceparent
        if link and (parent := parse(link)):
            span.add_link(context_of(parent))

    def later(self, call: Callable[[], object]) -> None:
        """Make a call soon, in another thread: for finalizers, which must not make it."""
        self._telemetry.pipeline.later(call)

    def begun(self) -> int:
        """Return when it began, in ticks of CLOCK."""
        return int(self.span._begun)  # type: ignore[attr-defined]

    def identity(self) -> SpanContext:
        """Return the ids of its span."""
        return self.context

    def add_event(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Add an event to its span."""
        self.span.add_event(name, dict(attributes))

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Record an exception once, however many layers of contrib it passes."""
        if self.is_gone(exception) or any(known is exception for known in self._recorded):
            return
        self._recorded.append(exception)
        event = {**exception_attributes(exception), **(attributes or {})}
        self.span.add_event(names.EXCEPTION_EVENT, event, timestamp)

    def traceresponse(self) -> str:
        """Return the value of the response header."""
        return traceresponse(self.context)[1]

    def note(self, exception: BaseException) -> None:
        """Remember an exception that the framework handles: on a 5xx it failed the request."""
        self._exception, self._described = exception, None

    def describe(self) -> None:
        """Describe the noted exception while its stack is there: a framework may take it away."""
        if self._exception is not None:
            self._described = exception_attributes(self._exception)

    def is_gone(self, exception: BaseException) -> bool:
        """Tell whether an exception only says that nobody waits for the answer any more."""
        return client_gone(exception)

    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application; one after the answer leaves a line."""
        if self.is_gone(exception):
            self._gone = True
        elif self.ended and not self._muted:
            self._telemetry.log(after_the_answer(exception, self.context, self.route))
        else:
            self.note(exception)
            self._failed = True

    def end(self, correct: Mapping[str, Any], *, timed: bool, ticks: int = 0) -> None:
        """End the span, at `ticks` of CLOCK or now; `correct` has what contrib gets wrong."""
        self.ended = True
        self.leave()
        cause = self._exception or (self._recorded[-1] if self._recorded else None)
        error = self._error_type(cause)
        self.span.set_attributes({key: value or "" for key, value in correct.items()})
        self.span.set_attribute(names.ERROR_TYPE, error)
        described = self._describe_cause(cause) if cause and error else None
        endings[self.context.span_id] = Ending(described, timed, ticks)
        self._end()
        del endings[self.context.span_id]

    def leave(self) -> None:
        """Count no longer as a request in flight."""
        self._telemetry.durations.active.discard(self)

    def _describe_cause(self, cause: BaseException) -> dict[str, str]:
        described = self._described or exception_attributes(cause)
        if not any(known is cause for known in self._recorded):
            self.span.add_event(names.EXCEPTION_EVENT, described)
        return described

    def _error_type(self, cause: BaseException | None) -> str:
        name = qualified_name(type(cause)) if cause else None
        failed = self._failed or self.span.status.status_code is StatusCode.ERROR
        return error_type(self.status, name, failed=failed, gone=self._gone)


def _not_yet(_: int | None = None) -> None:
    """Contrib ends a span before its answer is complete."""
