"""Clients that nobody wants, and many of them: slow to send, slow to take, or merely there."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

FILES = 12_000
LARGE = "/docs/swagger-ui-bundle.js"
SMALL_BUFFER = 4096


def stalled_post(path: str) -> bytes:
    """Return a request without its body, save for the first byte."""
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: 99\r\n\r\n{{".encode()


def get(path: str) -> bytes:
    """Return a whole request."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


@contextmanager
def clients(url: str, count: int, *, saying: bytes = b"") -> Iterator[list[socket.socket]]:
    """Hold connections that say so much, and then neither send nor take anything."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES), most))
    address = urlsplit(url)
    with ExitStack() as held:
        socks = [held.enter_context(socket.socket()) for _ in range(count)]
        for sock in socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            sock.connect((address.hostname, address.port))
            sock.sendall(saying)
        yield socks
