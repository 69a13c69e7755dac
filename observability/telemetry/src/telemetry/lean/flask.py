"""Flask on the fast path: one WSGI middleware, and a signal for what a view raised."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, got_request_exception
from opentelemetry.trace import get_current_span

from telemetry.lean.server import Facts, Requests, ServerSpan, attach, context_of, detach

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from telemetry.core import Telemetry

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
        if environ["PATH_INFO"] in self._excluded:
            return self._app(environ, respond)
        requests = self._requests
        span = requests.start(environ.get("HTTP_TRACEPARENT"), environ.get("HTTP_TRACESTATE"))
        answer = Answer(span, environ, respond)
        token = attach(context_of(span, environ.get("HTTP_BAGGAGE")))
        try:
            body = self._app(environ, answer)
        except BaseException as failure:
            span.fail(failure)
            requests.end(span, _facts(span, environ))
            raise
        finally:
            detach(token)
        if answer.complete:
            requests.end(span, _facts(span, environ))
            return body
        return self._stream(body, span, environ)

    def _stream(
        self, body: Iterable[bytes], span: ServerSpan, environ: "WSGIEnvironment"
    ) -> Iterator[bytes]:
        """Pass a stream on; the span ends with it, also when the client goes away."""
        try:
            yield from body
        except Exception as failure:
            span.fail(failure)
            raise
        finally:
            if close := getattr(body, "close", None):
                close()
            self._requests.end(span, _facts(span, environ))


class Answer:
    """A `start_response` that adds the trace and notes the status."""

    __slots__ = ("_environ", "_respond", "_span", "complete")

    def __init__(
        self, span: ServerSpan, environ: "WSGIEnvironment", respond: "StartResponse"
    ) -> None:
        self._span = span
        self._environ = environ
        self._respond = respond
        self.complete = False

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 (the protocol's `write`)
        """Start the answer."""
        span = self._span
        span.status = code = int(status[:3])
        self.complete = code in _UNSIZED or any(name == "Content-Length" for name, _ in headers)
        # Flask takes its request out of the environ before the application returns.
        rule = getattr(self._environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            span.route = self._environ.get("SCRIPT_NAME", "") + rule.rule
        headers.append(("traceresponse", span.traceresponse()))
        return self._respond(status, headers, exc_info)


def _facts(span: ServerSpan, environ: "WSGIEnvironment") -> Facts:
    """Read off what the span's template depends on, and the path."""
    span.path = _unicode(environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"])
    span.query = environ.get("QUERY_STRING", "")
    return Facts(
        environ["REQUEST_METHOD"],
        span.route,
        span.status,
        environ["wsgi.url_scheme"],
        environ["SERVER_PROTOCOL"][5:],
        environ.get("HTTP_HOST", ""),
        environ.get("HTTP_USER_AGENT", ""),
        environ.get("REMOTE_ADDR", ""),
        span.error_type(),
    )


def _unicode(path: str) -> str:
    """Undo WSGI's disguise of UTF-8 as Latin-1."""
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
