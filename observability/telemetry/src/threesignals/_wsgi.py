"""What a WSGI application answers, followed to its last byte; both implementations use it."""

import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, detach, get_current
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from threesignals import names
from threesignals._contract import known_method, present
from threesignals._limits import LONGEST_VALUE
from threesignals._values import clean_text
from threesignals.names import TRACERESPONSE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Where an environ holds the `Answer` of its request.
ANSWER = "threesignals.answer"


class Answer:
    """The answer to one request, as it is made; an implementation adds the span."""

    environ: "WSGIEnvironment"
    respond: "StartResponse"
    route: str | None = None
    status: int = 0
    # True when the body is there as a whole, not made while it is sent.
    whole: bool = False
    headers: list[tuple[str, str]] | None = None
    # The thread that it runs in; there is no task.
    thread: int = 0
    task: None = None

    @abstractmethod
    def traceresponse(self) -> str:
        """Return the value of the response header."""

    @abstractmethod
    def note(self, exception: BaseException) -> None:
        """Remember an exception that failed the request if the status says so."""

    @abstractmethod
    def fail(self, exception: BaseException) -> None:
        """Note the exception that left the application; one that comes late leaves a line."""

    @abstractmethod
    def done(self) -> None:
        """End the request; safe to call twice."""

    @abstractmethod
    def later(self, call: Callable[[], object]) -> None:
        """Make a call soon, in another thread: for finalizers, which must not make it."""

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 (the protocol's `write`)
        """Start the answer: note its status and its route, and add the trace to it."""
        self.status = int(status[:3])
        if exc_info:
            self.note(exc_info[1])
        # Flask takes its request out of the environ before the application returns.
        rule = getattr(self.environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            self.route = self.environ.get("SCRIPT_NAME", "") + rule.rule
        # A new list: the application may use the one it gave for all its answers.
        self.headers = headers = [*headers, (TRACERESPONSE, self.traceresponse())]
        return self.respond(status, headers, exc_info)

    def introduce(self) -> dict[str, Any]:
        """Return what is known of the request before it ends."""
        environ = self.environ
        rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
        return present(
            {
                names.HTTP_REQUEST_METHOD: known_method(environ["REQUEST_METHOD"]),
                names.HTTP_ROUTE: rule and environ.get("SCRIPT_NAME", "") + rule.rule,
                names.URL_PATH: clean_text(environ.get("PATH_INFO", ""), LONGEST_VALUE),
            }
        )

    def follow(self, body: Iterable[bytes], context: Context) -> Iterable[bytes]:
        """Return a body that ends the request with its last byte, also when the client goes away.

        What makes the body runs in `context`.
        """
        if is_whole(body):
            self.whole = True
            self.done()
            return body
        wrapper = self.environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(body, wrapper):
            return _follow_file(body, self)
        return Stream(body, self, context)

    def header(self, wanted: str) -> str:
        """Return a header of the answer; empty when it has none of that name."""
        for name, value in self.headers or ():
            if name.lower() == wanted:
                return value
        return ""

    def content_type(self) -> str:
        """Return the media type of the answer."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def length(self) -> int:
        """Return the number of bytes that the answer will have; -1 when it does not say."""
        text = self.header("content-length")
        return int(text) if text.isdecimal() else -1


def is_whole(body: Iterable[bytes]) -> bool:
    """Tell whether a body is there already.

    Werkzeug hands out an iterator that ends with its response's `close`, which tells whose it is;
    where it does not, the body counts as a stream, which costs more and is right as well.
    """
    if type(body) is not ClosingIterator:
        return type(body) in {list, tuple}
    response = getattr(body._callbacks[-1], "__self__", None) if body._callbacks else None
    return isinstance(response, Response) and response.is_sequence


def _follow_file(body: Any, answer: Answer) -> Iterable[bytes]:  # noqa: ANN401
    """Follow a file without wrapping it: the server sends its own wrapper without reading it."""
    close = getattr(body, "close", None)

    def close_and_end() -> None:
        try:
            if close:
                close()
        finally:
            answer.done()

    try:
        body.close = close_and_end
        weakref.finalize(body, answer.later, answer.done).atexit = False
    except (AttributeError, TypeError):  # a server's wrapper that is not made of Python
        answer.done()
    return body  # type: ignore[no-any-return]


class Stream:
    """Passes a streamed body on; each part is made inside the request's context.

    No generator, because closing one that was never begun runs nothing of it.
    """

    def __init__(self, body: Iterable[bytes], answer: Answer, context: Context) -> None:
        self._body = body
        self._chunks = iter(body)
        self._answer = answer
        self._context = context
        self._left: int | None = None
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next part; note what broke the stream."""
        token = attach(self._context)
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._answer.done()
            raise
        except BaseException as failure:
            self._break(failure)
            raise
        finally:
            # What the body made current stays so for its next part, and nowhere else.
            self._context = get_current()
            detach(token)
        self._count(len(chunk))
        return chunk

    def _count(self, size: int) -> None:
        """End the request with the last byte that its answer promised, not with the next call."""
        if self._left is None:
            # Only now: an application may start its answer as late as with its first part.
            self._left = self._answer.length()
        self._left -= size
        if self._left == 0:
            self._answer.done()

    def close(self) -> None:
        """Close the body and end the request, as the server has to ask in any case."""
        self._closed = True
        token = attach(self._context)
        try:
            if close := getattr(self._body, "close", None):
                close()
        except BaseException as failure:
            self._break(failure)
            raise
        finally:
            # Let it go here: a generator that is not closed leaves what it made current now.
            self._body, self._chunks = (), iter(())
            detach(token)
            self._answer.done()

    def _break(self, failure: BaseException) -> None:
        self._answer.fail(failure)
        self._answer.done()

    def __del__(self) -> None:
        """Let another thread end it, for a server that does not."""
        if not self._closed:
            self._answer.later(self._abandon)

    def _abandon(self) -> None:
        """End the request, and close the body: what that raises here says nothing of it."""
        self._closed = True
        self._answer.done()
        if close := getattr(self._body, "close", None):
            close()
