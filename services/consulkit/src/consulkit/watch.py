"""A thread that follows one thing in Consul by blocking queries, while the process runs."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from consulkit.client import Answer, ConsulError

T = TypeVar("T")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0


class Watch(Generic[T]):
    """Calls `changed` with each new value; `failed` when Consul cannot tell, and goes on trying."""

    def __init__(
        self,
        fetch: Callable[[int], Answer[T]],
        *,
        changed: Callable[[T], None],
        failed: Callable[[ConsulError], None],
        name: str,
    ) -> None:
        self._fetch, self._changed, self._failed = fetch, changed, failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following. A query that waits in Consul is abandoned with its thread."""
        self._stop.set()

    def _follow(self) -> None:
        index, pause = 0, FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                answer = self._fetch(index)
            except ConsulError as error:
                if self._stop.is_set():
                    return
                self._failed(error)
                index = 0  # a Consul that comes back may count anew
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause = FIRST_PAUSE_SECONDS
            if answer.index > index:
                self._changed(answer.value)
            else:  # nothing new: a query that waited its time, or a Consul that doesn't wait
                self._stop.wait(FIRST_PAUSE_SECONDS)
            # Consul's documentation: an index that goes backwards means starting over.
            index = answer.index if answer.index >= index else 0
