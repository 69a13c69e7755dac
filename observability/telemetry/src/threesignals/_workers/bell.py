"""How one worker asks the others to leave their samples now: a socket each, and an answer."""

import selectors
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

# A worker that does not come in this time is counted as it last was.
PATIENCE_SECONDS = 1.0


def hang(address: str) -> socket.socket:
    """Return a socket that `ring` reaches; it replaces one that an earlier process left."""
    Path(address).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen()
    return listener


def ring(addresses: list[str], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Ask all at once; return when each has closed its connection, or has taken too long."""
    deadline = time.monotonic() + patience_seconds
    with ExitStack() as lines, selectors.DefaultSelector() as waiting:
        for line in filter(None, map(_call, addresses)):
            waiting.register(lines.enter_context(line), selectors.EVENT_READ)
        while waiting.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in waiting.select(left):
                waiting.unregister(key.fileobj)


def _call(address: str) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.setblocking(False)
    with suppress(OSError):
        line.connect(address)
        return line
    line.close()
    return None
