"""Send a request into an application the way a server does, with any header a client can send."""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    prefix: str = ""
    disconnect_after: int | None = None  # chunks of the body the client stays for

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        given = {name for name, _ in self.headers}
        usual = [("host", "shop.test:8080"), ("user-agent", "conformance/1")]
        return [header for header in usual if header[0] not in given] + list(self.headers)


@dataclass
class Response:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def call_wsgi(app: Callable[..., Iterable[bytes]], request: Request) -> Response:
    """What gunicorn does with a request."""
    response = Response()

    def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        response.status = int(status.split(maxsplit=1)[0])
        response.headers = {name.lower(): value for name, value in headers}

    body = app(environ_of(request), start)
    try:
        response.body = b"".join(_limited(iter(body), request.disconnect_after))
    except Exception as error:
        response.headers["error"] = type(error).__name__
    finally:
        if close := getattr(body, "close", None):
            close()
    return response


def _limited(chunks: Iterator[bytes], most: int | None) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks, start=1):
        yield chunk
        if number == most:
            return


def environ_of(request: Request) -> dict[str, Any]:
    path = unquote(request.path).encode().decode("latin-1")
    target = request.prefix + request.path + (f"?{request.query}" if request.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": request.prefix,
        "PATH_INFO": path,
        "RAW_URI": target,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "15000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.0.0.7",
        "REMOTE_PORT": "55555",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.all_headers:
        key = "HTTP_" + name.upper().replace("-", "_")
        # Several lines of one header are one list (RFC 9110, section 5.3).
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def call_asgi(app: Callable[..., Any], request: Request) -> Response:
    """What uvicorn does with a request."""
    return asyncio.run(send_asgi(app, request))


async def send_asgi(app: Callable[..., Any], request: Request) -> Response:
    return await send_scope(app, scope_of(request), request.disconnect_after)


async def send_scope(
    app: Callable[..., Any], scope: dict[str, Any], disconnect_after: int | None = None
) -> Response:
    response = Response()
    chunks = 0
    gone = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal chunks
        if message["type"] == "http.response.start":
            response.status = message["status"]
            response.headers = {
                name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            response.body += message.get("body", b"")
            chunks += 1
            if chunks == disconnect_after:
                gone.set()
                raise OSError("the client has gone")

    try:
        await app(scope, receive, send)
    except Exception as error:
        response.headers["error"] = type(error).__name__
    return response


def scope_of(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.prefix + unquote(request.path),
        "raw_path": (request.prefix + request.path).encode(),
        "query_string": request.query.encode(),
        "root_path": request.prefix,
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in request.all_headers],
        "client": ("10.0.0.7", 55555),
        "server": ("127.0.0.1", 15000),
        "state": {},
    }  # fmt: skip
