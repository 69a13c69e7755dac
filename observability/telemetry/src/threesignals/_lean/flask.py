"""Flask on the fast path: one WSGI middleware, and a signal for what a view raised."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, got_request_exception
from opentelemetry.trace import get_current_span

from threesignals._lean.server import RawFacts, Requests, ServerSpan, attach, context_of, detach

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from threesignals._core import Telemetry

_UNSIZED = frozenset({100, 101, 102, 103, 204, 304})


def instrument(app: Flask, telemetry: "Telemetry") -> None:
    """Open a SERVER span for each request and answer with its id."""
    middleware = Middleware(app.wsgi_app, telemetry.requests, telemetry.settings.excluded_paths)
    app.wsgi_app = middleware  # type: ignore[method-assign, assignment]
    got_request_exception.connect(_remember, app)


def _remember(_: Flask, exception: BaseException, **__: object) -> None:
    """Flask answers an unhandled exception itself; this is where it can be seen."""
    get_current_span().record_exception(exception)


class Middleware:
    """Measures every request that is not excluded."""

    def __init__(
        self, app: "WSGIApplication", requests: Requests, excluded: frozenset[str]
    ) -> None:
        self._app = app
        self._requests = requests
        self._excluded = excluded

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        """Run the application inside a span, which ends when its answer is complete."""
        if environ.get("PATH_INFO") in self._excluded:
            return self._app(environ, respond)
        get = environ.get
        span = Request(self._requests, get("HTTP_TRACEPARENT"), get("HTTP_TRACESTATE"))
        span.environ, span.respond = environ, respond
        token = attach(context_of(span, get("HTTP_BAGGAGE")))
        try:
            body = self._app(environ, span.start_response)
        except BaseException as failure:
            span.fail(failure)
            self._requests.end(span, span.read())
            raise
        finally:
            detach(token)
        if span.complete:
            self._requests.end(span, span.read())
            return body
        return Stream(body, span, self._requests)


class Stream:
    """Passes a streamed body on; the span ends with it, also when the client goes away.

    No generator, because closing one that was never begun runs nothing of it.
    """

    def __init__(self, body: Iterable[bytes], span: "Request", requests: Requests) -> None:
        self._body = body
        self._chunks = iter(body)
        self._span = span
        self._requests = requests

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next part; note what broke the stream."""
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except Exception as failure:
            self._span.fail(failure)
            raise

    def close(self) -> None:
        """Close the body and end the span, as the server has to ask in any case."""
        if close := getattr(self._body, "close", None):
            close()
        if not self._span.end_time:
            self._requests.end(self._span, self._span.read())


class Request(ServerSpan):
    """A SERVER span that knows its environ until it ends."""

    environ: "WSGIEnvironment"
    respond: "StartResponse"
    complete = False

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 (the protocol's `write`)
        """Start the answer: note its status and its route, and add the trace to it."""
        self.status = code = int(status[:3])
        self.complete = code in _UNSIZED or _sized(headers)
        # Flask takes its request out of the environ before the application returns.
        rule = getattr(self.environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            self.route = self.environ.get("SCRIPT_NAME", "") + rule.rule
        # A new list: an application may give the same one each time.
        traced = [*headers, ("traceresponse", self.traceresponse())]
        return self.respond(status, traced, exc_info)

    def read(self) -> RawFacts:
        """Read off what the template depends on (Facts), and let the environ go."""
        environ = self.environ
        get = environ.get
        path = get("SCRIPT_NAME", "") + get("PATH_INFO", "")
        self.path = path if path.isascii() else _unicode(path)
        if query := get("QUERY_STRING"):
            self.query, self.plain = query, False
        del self.environ, self.respond
        return (
            environ["REQUEST_METHOD"],
            self.route,
            self.status,
            environ["wsgi.url_scheme"],
            environ["SERVER_PROTOCOL"][5:],
            get("HTTP_HOST", ""),
            get("HTTP_USER_AGENT", ""),
            get("REMOTE_ADDR", ""),
            self.error_type(),
            self.trace_flags,
            self.parent_is_remote,
        )


def _sized(headers: list[tuple[str, str]]) -> bool:
    for name, _ in headers:  # noqa: SIM110 (a generator would cost six times as much)
        if name == "Content-Length":
            return True
    return False


def _unicode(path: str) -> str:
    """Undo WSGI's disguise of UTF-8 as Latin-1."""
    return path.encode("latin-1").decode("utf-8", "replace")
