"""HTTPX on the fast path: one transport around each transport of a client."""

from typing import TYPE_CHECKING

import httpx
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, StatusCode, get_current_span

from threesignals import names
from threesignals._contract import known_method
from threesignals._exceptions import qualified_name
from threesignals._lean.span import CLIENT, LeanSpan
from threesignals._lean.tracer import LeanTracer
from threesignals._limits import LONGEST_TEXT

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(client: httpx.Client | httpx.AsyncClient, telemetry: "Telemetry") -> None:
    """Open a CLIENT span for each request of this client and send its context along."""
    tracer = telemetry.tracer
    if not isinstance(tracer, LeanTracer):
        return
    if isinstance(client, httpx.Client):
        client._transport = Transport(client._transport, tracer)
        client._mounts = {
            pattern: mounted and Transport(mounted, tracer)
            for pattern, mounted in client._mounts.items()
        }
    else:
        client._transport = AsyncTransport(client._transport, tracer)
        client._mounts = {
            pattern: mounted and AsyncTransport(mounted, tracer)
            for pattern, mounted in client._mounts.items()
        }


class Transport(httpx.BaseTransport):
    """Traces what another transport sends."""

    def __init__(self, inner: httpx.BaseTransport, tracer: LeanTracer) -> None:
        self._inner = inner
        self._tracer = tracer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request inside a span, up to the head of its answer."""
        with Call(self._tracer, request) as call:
            return call.answered(self._inner.handle_request(request))

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """Traces what another transport sends."""

    def __init__(self, inner: httpx.AsyncBaseTransport, tracer: LeanTracer) -> None:
        self._inner = inner
        self._tracer = tracer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request inside a span, up to the head of its answer."""
        with Call(self._tracer, request) as call:
            return call.answered(await self._inner.handle_async_request(request))

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class Call:
    """The CLIENT span of one request."""

    def __init__(self, tracer: LeanTracer, request: httpx.Request) -> None:
        self.span = tracer.child(get_current_span())
        if isinstance(self.span, LeanSpan):
            self.span.kind = CLIENT
            self.span.attributes = describe(request)
            method = str(self.span.attributes[names.HTTP_REQUEST_METHOD])
            self.span.name = "HTTP" if method == names.OTHER_METHOD else method
        propagate.inject(request.headers, context=trace.set_span_in_context(self.span))

    def __enter__(self) -> "Call":
        return self

    def __exit__(self, _: object, failure: BaseException | None, __: object) -> None:
        if failure is not None:
            self.span.record_exception(failure)
            _fail(self.span, qualified_name(type(failure)))
        self.span.end()

    def answered(self, response: httpx.Response) -> httpx.Response:
        """Note the status; an answer of 400 or more is an error of a client span."""
        status = response.status_code
        self.span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, status)
        if status >= 400:
            _fail(self.span, str(status))
        return response


def _fail(span: Span, error_type: str) -> None:
    span.set_attribute(names.ERROR_TYPE, error_type)
    span.set_status(StatusCode.ERROR)


def describe(request: httpx.Request) -> dict[str, str | int]:
    """Return the attributes that a request decides; the encoder takes secrets out."""
    url = request.url
    bare = url.copy_with(username=None, password=None)
    return {
        names.HTTP_REQUEST_METHOD: known_method(request.method),
        names.URL_FULL: str(bare)[:LONGEST_TEXT],
        names.SERVER_ADDRESS: url.host,
        names.SERVER_PORT: url.port or (443 if url.scheme == "https" else 80),
    }
