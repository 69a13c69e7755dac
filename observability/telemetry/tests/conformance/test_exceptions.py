"""What a handler records of exceptions, and which of them failed the request."""

from collections.abc import Callable

import flask
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from starlette.responses import Response

from threesignals import names
from threesignals.testing import RecordedSpan, Recorder

from .drivers import Request, call_asgi, call_wsgi
from .observe import IMPLEMENTATIONS


class FirstError(RuntimeError):
    """Handled, or not."""


class SecondError(RuntimeError):
    """Handled, or not."""


def first(message: str) -> None:
    raise FirstError(message)


def records_and_answers() -> int:
    span = trace.get_current_span()
    span.record_exception(FirstError("try 1"), {"retry": 1})
    span.record_exception(FirstError("try 1"), {"retry": 2})
    span.record_exception(SecondError("other"), {"retry": 3})
    return 200


def records_and_raises_the_same() -> int:
    try:
        first("no luck")
    except FirstError as failure:
        trace.get_current_span().record_exception(failure, {"retry": 1})
        raise
    return 200


def records_and_raises_another() -> int:
    trace.get_current_span().record_exception(FirstError("try 1"), {"retry": 1})
    raise SecondError("no luck")


def raises_while_it_handles() -> int:
    try:
        first("first")
    except FirstError as failure:
        raise SecondError("no luck") from failure
    return 200


def records_and_answers_503() -> int:
    trace.get_current_span().record_exception(FirstError("no luck"))
    return 503


def records_and_sets_the_status() -> int:
    span = trace.get_current_span()
    span.record_exception(FirstError("no luck"))
    span.set_status(StatusCode.ERROR)
    return 200


def only_sets_the_status() -> int:
    trace.get_current_span().set_status(StatusCode.ERROR)
    return 200


def flask_app(recorder: Recorder, handler: Callable[[], int]) -> flask.Flask:
    from threesignals.flask import init_app  # noqa: PLC0415 (one framework at a time)

    app = flask.Flask("test")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/", "read", lambda: ("", handler()))
    init_app(app, recorder.telemetry)
    return app


def fastapi_app(recorder: Recorder, handler: Callable[[], int]) -> FastAPI:
    from threesignals.fastapi import init_app  # noqa: PLC0415 (one framework at a time)

    app = FastAPI()

    @app.get("/")
    def read() -> Response:
        return Response(status_code=handler())

    init_app(app, recorder.telemetry)
    return app


# A handler; the error type of its request; type, message and `retry` of each event.
CASES = [
    (records_and_answers, None, [("FirstError", "try 1", 1), ("FirstError", "try 1", 2),
                                 ("SecondError", "other", 3)]),
    (records_and_raises_the_same, "FirstError", [("FirstError", "no luck", 1)]),
    (records_and_raises_another, "SecondError", [("FirstError", "try 1", 1),
                                                 ("SecondError", "no luck", None)]),
    (raises_while_it_handles, "SecondError", [("SecondError", "no luck", None)]),
    (records_and_answers_503, "FirstError", [("FirstError", "no luck", None)]),
    (only_sets_the_status, "_OTHER", []),
    (records_and_sets_the_status, "FirstError", [("FirstError", "no luck", None)]),
]  # fmt: skip


def event(attributes: dict[str, object]) -> tuple[str, object, object]:
    kind = str(attributes[names.EXCEPTION_TYPE]).split(".")[-1]
    return kind, attributes[names.EXCEPTION_MESSAGE], attributes.get("retry")


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("framework", ["flask", "fastapi"])
@pytest.mark.parametrize(("handler", "error", "events"), CASES)
def test_every_exception_is_kept_with_its_attributes_and_one_failed_the_request(
    implementation: str,
    framework: str,
    handler: Callable[[], int],
    error: str | None,
    events: list[tuple[str, str, int | None]],
) -> None:
    recorder = Recorder(implementation=implementation)
    if framework == "flask":
        call_wsgi(flask_app(recorder, handler), Request("GET", "/"))
    else:
        call_asgi(fastapi_app(recorder, handler), Request("GET", "/"))
    (span,) = recorder.spans
    (line,) = [line for line in recorder.log_lines if line.event == names.REQUEST_EVENT]
    recorder.close()
    assert [event(attributes) for _, attributes in span.events] == events
    assert_failed_by(span, error)
    assert named(line.attributes.get(names.ERROR_TYPE)) == error
    assert named(line.attributes.get(names.EXCEPTION_TYPE, error)) == error


def assert_failed_by(span: RecordedSpan, error: str | None) -> None:
    assert named(span.attributes.get(names.ERROR_TYPE)) == error
    assert span.status == ("ERROR" if error else "UNSET")


def named(kind: object) -> str | None:
    return str(kind).split(".")[-1] if kind else None
