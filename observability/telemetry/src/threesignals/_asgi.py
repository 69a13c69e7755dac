"""What an ASGI application answers, message by message; both implementations use it."""

import sys
from abc import abstractmethod
from asyncio import Task, current_task
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any

from starlette._utils import is_async_callable
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threesignals import names
from threesignals._asgi_routes import route_of
from threesignals._contract import known_method, present
from threesignals._limits import LONGEST_VALUE
from threesignals._values import clean_text
from threesignals.names import TRACERESPONSE

Handler = Callable[[Any, Any], Any]

# Where a scope holds the `Answer` of its request.
ANSWER = "threesignals.answer"

_BODY = frozenset({"http.response.body", "http.response.zerocopysend"})


class Answer:
    """The answer to one request, as it is sent; an implementation adds the span."""

    # The scope that the routes got: a middleware in between may have handed on a copy.
    routed: Scope
    inner_send: Send
    status: int = 0
    trailers: bool = False
    # True for a stream whose length is no latency.
    untimed: bool = False
    untimed_types: frozenset[str] = frozenset()
    headers: Sequence[tuple[bytes, bytes]] | None = None
    # The thread of the loop, and the task that runs the endpoint.
    thread: int = 0
    task: "Task[Any] | None" = None

    @abstractmethod
    def traceresponse(self) -> str:
        """Return the value of the response header."""

    @abstractmethod
    def note(self, exception: BaseException) -> None:
        """Remember an exception that failed the request if the status says so."""

    @abstractmethod
    def describe(self) -> None:
        """Describe the noted exception while its stack is there."""

    @abstractmethod
    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application."""

    @abstractmethod
    def answered(self) -> None:
        """Take the time: the answer is complete, whatever the application goes on to do."""

    def introduce(self) -> dict[str, Any]:
        """Return what is known of the request before it ends."""
        scope = self.routed
        return present(
            {
                names.HTTP_REQUEST_METHOD: known_method(scope["method"]),
                names.HTTP_ROUTE: route_of(scope),
                names.URL_PATH: clean_text(scope["path"], LONGEST_VALUE),
            }
        )

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on: add the trace, note the status, end with the last byte.

        No coroutine of its own, which would cost another frame for each message.
        """
        kind = message["type"]
        if kind == "http.response.start":
            message = self._start(message)
        elif kind in _BODY:
            if message.get("more_body"):
                self._streamed()
            elif not self.trailers:
                self.answered()
        elif kind == "http.response.pathsend" or (
            kind == "http.response.trailers" and not message.get("more_trailers")
        ):
            self.answered()
        return self.inner_send(message)

    def _start(self, message: Message) -> Message:
        self.status = status = message["status"]
        self.trailers = message.get("trailers", False)
        self.headers = [*message.get("headers", ()), (_NAME, self.traceresponse().encode())]
        if status >= 500:
            self._note_handled()
        # A new message: the application may use the one it gave for all its answers.
        return {**message, "headers": self.headers}

    def _note_handled(self) -> None:
        """Note the exception that is being answered, by an error handler or a middleware."""
        if (handled := sys.exception()) and not is_chosen(handled):
            self.note(handled)
        self.describe()

    def _streamed(self) -> None:
        """Look once whether a streamed answer is one whose length is no latency."""
        if self.headers is not None:
            self.untimed = content_type(self.headers) in self.untimed_types
            self.headers = None


_NAME = TRACERESPONSE.encode()


def is_chosen(exception: BaseException) -> bool:
    """Tell whether an exception is an answer that was chosen: then its status says all."""
    return isinstance(exception, HTTPException)


def noting(handler: Handler) -> Handler:
    """Let an error handler tell the request what it handles; it may run in another task."""

    def note(connection: HTTPConnection, exception: Exception) -> None:
        if (answer := connection.scope.get(ANSWER)) and not is_chosen(exception):
            answer.note(exception)

    @wraps(handler)
    async def noted_async(connection: HTTPConnection, exception: Exception) -> Any:  # noqa: ANN401
        note(connection, exception)
        return await handler(connection, exception)

    @wraps(handler)
    def noted(connection: HTTPConnection, exception: Exception) -> Any:  # noqa: ANN401
        note(connection, exception)
        return handler(connection, exception)

    return noted_async if is_async_callable(handler) else noted


def content_type(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """Return the media type among the headers of an answer."""
    for name, value in headers:
        if name.lower() == b"content-type":
            return value.partition(b";")[0].strip().lower().decode("latin-1")
    return ""


def sent_by(send: Send, failure: BaseException) -> bool:
    """Tell whether an exception comes from the server's own `send`: its client has gone."""
    code = getattr(getattr(send, "__func__", send), "__code__", None)
    trace = failure.__traceback__ if code and isinstance(failure, OSError) else None
    while trace:
        if trace.tb_frame.f_code is code:
            return True
        trace = trace.tb_next
    return False


def path_of(scope: Scope) -> str:
    """Return a request's path as the application's routes know it."""
    path: str = scope["path"]
    root = scope.get("root_path")
    return path.removeprefix(root) if root else path


def joined(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the value of a request's header; several lines are one list."""
    lines = [value for key, value in headers if key == name]
    return b",".join(lines).decode("latin-1") if lines else None


class KeepScope:
    """The innermost middleware: tells the answer which scope the routes get, of all its copies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Hand the scope on, without a frame of its own."""
        if answer := scope.get(ANSWER):
            # A middleware in between may have gone on in a task of its own.
            answer.routed, answer.task = scope, current_task()
        return self._app(scope, receive, send)
