"""A request that does not end tells where it stands, while it can still be asked."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from opentelemetry.trace import SpanContext

from threesignals import names
from threesignals._clock import CLOCK
from threesignals._log_record import SEVERITIES, LogRecord
from threesignals._stacks import Task, innermost, where
from threesignals._values import clean_stack

PERIOD_SECONDS = 0.25
# So much later than it should, and the witness says that it was kept from running.
LATE_SECONDS = 1.0
_WARNING = SEVERITIES["warning"]


class Open(Protocol):
    """A request without an answer yet. `told` is set by the witness."""

    thread: int
    task: Task | None
    told: bool

    def begun(self) -> int:
        """Return when it began, in ticks of CLOCK."""

    def identity(self) -> SpanContext:
        """Return the ids of its span."""

    def introduce(self) -> Mapping[str, Any]:
        """Return its method, its path and, once it is known, its route."""

    def add_event(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Add an event to its span."""


class Witness:
    """Looks at the open requests four times a second; `waiting` until the first one comes.

    A request that is open for longer than `slow_seconds` leaves one line, at once, and the same as
    an event on its span. With 0 nobody looks.
    """

    def __init__(
        self, active: set[Open], log: Callable[[LogRecord], None], *, slow_seconds: float
    ) -> None:
        self._active = active
        self._log = log
        self._slow = slow_seconds
        self.reset()

    def reset(self) -> None:
        """Wait for the first request, in a child process too, which has no thread yet."""
        self.waiting = self._slow > 0
        self._starting = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        with self._starting:
            if self.waiting:
                self.waiting = False
                threading.Thread(target=self._watch, name="telemetry-witness", daemon=True).start()

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    def _watch(self) -> None:
        woken, used = CLOCK.seconds(), time.process_time()
        while not self._closed.wait(PERIOD_SECONDS):
            self._admit_lateness(CLOCK.seconds() - woken, time.process_time() - used)
            self.look()
            woken, used = CLOCK.seconds(), time.process_time()

    def _admit_lateness(self, slept: float, used: float) -> None:
        """Say that no thread but one ran, or none: whoever waits 0.25 s takes little longer."""
        if slept < PERIOD_SECONDS + LATE_SECONDS:
            return
        held = {names.DURATION_S: slept, names.PROCESS_CPU_S: used}
        self._log(_line(names.HELD_EVENT, held, None))

    def look(self) -> None:
        """Let each request that has been open too long tell where it stands, once."""
        oldest = CLOCK.ticks() - int(self._slow * 1e9)
        for request in list(self._active):
            if not request.told and request.begun() < oldest:
                request.told = True
                # One that has just ended has let go of what it was made of.
                with suppress(Exception):
                    self._tell(request)

    def _tell(self, request: Open) -> None:
        identity = request.identity()
        told: dict[str, Any] = {
            **request.introduce(),
            names.DURATION_S: (CLOCK.ticks() - request.begun()) / 1e9,
        }
        stack = where(request.thread, request.task, identity.trace_id)
        if frame := innermost(stack):
            told[names.CODE_FUNCTION_NAME] = frame.name
            told[names.CODE_FILE_PATH] = frame.filename
            told[names.CODE_LINE_NUMBER] = frame.lineno or 0
        told[names.CODE_STACKTRACE] = clean_stack("".join(stack.format()))
        # One that has ended meanwhile was read too late: the thread may serve another by now.
        if request in self._active:
            self._log(_line(names.SLOW_EVENT, told, identity))
            request.add_event(names.SLOW_EVENT, told)


def _line(event: str, attributes: Mapping[str, Any], of: SpanContext | None) -> LogRecord:
    return LogRecord(
        timestamp_ns=CLOCK.now(),
        severity=_WARNING,
        event=event,
        attributes=attributes,
        trace_id=of.trace_id if of else 0,
        span_id=of.span_id if of else 0,
        trace_flags=of.trace_flags if of else 0,
    )
