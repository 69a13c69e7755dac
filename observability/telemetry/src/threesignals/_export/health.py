"""Says once that export fails, and once that it works again."""

import threading
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit


class Say(Protocol):
    """Takes a line, in the way a logger does."""

    def __call__(self, level: str, event: str, /, **fields: str) -> None:
        """Log an event at a level."""


class Health:
    """What became of the last request of each signal.

    Signals that go to one place and fail together are told of once. `when_taken` is called with
    the name of a signal whose batch was taken.
    """

    def __init__(self, say: Say, when_taken: Callable[[str], None]) -> None:
        self._say = say
        self._when_taken = when_taken
        self._failing: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Begin anew after a fork, when the lock may be held for ever by another's thread."""
        self._failing.clear()
        self._lock = threading.Lock()

    def failed(self, signal: str, url: str, reason: str) -> None:
        """Note a request that was not taken."""
        place = _place(url)
        with self._lock:
            known = place in self._failing.values()
            self._failing[signal] = place
        if not known:
            self._say("warning", "telemetry.export.failed", endpoint=_shown(url), reason=reason)

    def taken(self, signal: str, url: str) -> None:
        """Note a request that was taken."""
        with self._lock:
            place = self._failing.pop(signal, None)
            over = place is not None and place not in self._failing.values()
        self._when_taken(signal)
        if over:
            self._say("info", "telemetry.export.restored", endpoint=_shown(url))


def _place(url: str) -> str:
    """Return what signals to one collector have in common."""
    return urlsplit(url).netloc


def _shown(url: str) -> str:
    """Leave out what may be secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
