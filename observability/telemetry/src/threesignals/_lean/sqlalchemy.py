"""SQLAlchemy on the fast path: one hook around the execution of a statement."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span, StatusCode, get_current_span
from sqlalchemy import Engine, event

from threesignals import names
from threesignals._contract import query_span_name
from threesignals._db import engine_attributes, operation
from threesignals._exceptions import qualified_name
from threesignals._lean.encode import named
from threesignals._lean.span import CLIENT, LeanSpan
from threesignals._lean.tracer import LeanTracer
from threesignals._limits import LONGEST_TEXT
from threesignals._values import clean_text

if TYPE_CHECKING:
    from threesignals._core import Telemetry

_MOST_STATEMENTS = 1024


def instrument(engine: Engine, telemetry: "Telemetry") -> None:
    """Open a CLIENT span for each statement of this engine."""
    tracer = telemetry.tracer
    if isinstance(tracer, LeanTracer):
        queries = Queries(engine, tracer)
        event.listen(engine, "do_execute", queries.execute)
        event.listen(engine, "do_executemany", queries.executemany)
        event.listen(engine, "do_execute_no_params", queries.execute_no_params)


class Queries:
    """Executes statements for the dialect, each in a span; returning True says that it is done."""

    def __init__(self, engine: Engine, tracer: LeanTracer) -> None:
        self._shared = engine_attributes(engine.url)
        self._tracer = tracer
        self._described: dict[str, bytes] = {}

    def execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:  # noqa: ANN401
        """Execute one statement."""
        return self._traced(
            statement, context.dialect.do_execute, cursor, statement, parameters, context
        )

    def executemany(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:  # noqa: ANN401
        """Execute one statement with several sets of parameters."""
        return self._traced(
            statement, context.dialect.do_executemany, cursor, statement, parameters, context
        )

    def execute_no_params(self, cursor: Any, statement: str, context: Any) -> bool:  # noqa: ANN401
        """Execute a statement that takes no parameters."""
        return self._traced(
            statement, context.dialect.do_execute_no_params, cursor, statement, context
        )

    def _traced(self, statement: str, run: Callable[..., None], *arguments: object) -> bool:
        span = self._start(statement)
        try:
            run(*arguments)
        except BaseException as failure:
            _fail(span, failure)
            raise
        finally:
            span.end()
        return True

    def _start(self, statement: str) -> Span:
        span = self._tracer.child(get_current_span())
        if isinstance(span, LeanSpan):
            span.encoded = self._described.get(statement) or self._describe(statement)
        return span

    def _describe(self, statement: str) -> bytes:
        """Encode what every span of a statement says."""
        if len(self._described) >= _MOST_STATEMENTS:
            self._described.clear()
        verb, shared, shown = operation(statement), self._shared, clean_text(statement)
        name = query_span_name(verb, shared.get(names.DB_NAMESPACE), shared[names.DB_SYSTEM_NAME])
        attributes = {**shared, names.DB_OPERATION_NAME: verb, names.DB_QUERY_TEXT: shown}
        encoded = named(name, CLIENT, attributes)
        if len(statement) <= LONGEST_TEXT:
            self._described[statement] = encoded
        return encoded


def _fail(span: Span, failure: BaseException) -> None:
    span.record_exception(failure)
    span.set_attribute(names.ERROR_TYPE, qualified_name(type(failure)))
    span.set_status(StatusCode.ERROR)
