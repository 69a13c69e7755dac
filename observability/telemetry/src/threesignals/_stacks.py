"""Where a request stands: the frames of its thread, or of what its task awaits."""

import asyncio
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextvars import Context
from pathlib import Path
from traceback import FrameSummary, StackSummary
from types import FrameType
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.trace import get_current_span

_LIBRARIES = (
    sysconfig.get_paths()["stdlib"], "site-packages", "dist-packages", "<frozen ",
    str(Path(__file__).parent),
)  # fmt: skip
_ATTEMPTS = 5
Task = asyncio.Task[Any]


def where(thread: int, task: Task | None, trace_id: int) -> StackSummary:
    """Return the frames of a request, the innermost last.

    `thread` began it, and runs the loop of `task`. A handler that is no coroutine runs in another
    thread, which is known by the trace that is current in it.
    """
    frames = list(_of_thread(thread) if task is None else _of_task(task, thread, trace_id))
    return StackSummary.extract((frame, frame.f_lineno) for frame in frames)


def innermost(stack: StackSummary) -> FrameSummary | None:
    """Return the innermost frame of the application's own code; of any, when it has none."""
    own = [frame for frame in stack if not any(part in frame.filename for part in _LIBRARIES)]
    return next(reversed(own or stack), None)


def _of_thread(thread: int) -> Iterable[FrameType]:
    frame = sys._current_frames().get(thread)
    return reversed(list(_outwards(frame)))


def _of_task(task: Task, thread: int, trace_id: int) -> Iterable[FrameType]:
    worker = _worker(trace_id)
    if worker is not None:
        return _of_thread(worker)
    coroutine = task.get_coro()
    frames: list[FrameType] = []
    for _ in range(_ATTEMPTS):
        if _runs(coroutine):
            return _of_thread(thread)
        frames = list(_awaited(coroutine))
        if not _runs(coroutine):  # else it went on while it was read
            break
    return frames


def _runs(coroutine: object) -> bool:
    return bool(getattr(coroutine, "cr_running", False))


def _awaited(awaitable: Any) -> Iterator[FrameType]:  # noqa: ANN401 (coroutine or generator)
    """Follow what waits for what, down to the future that none of the frames can see into."""
    while awaitable is not None:
        kind = next((k for k in ("cr", "gi", "ag") if hasattr(awaitable, f"{k}_frame")), None)
        frame = kind and getattr(awaitable, f"{kind}_frame")
        if not frame:
            return
        yield frame
        awaitable = getattr(awaitable, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")


def _worker(trace_id: int) -> int | None:
    """Find the thread of anyio's pool that works for a trace."""
    for thread, frame in sys._current_frames().items():
        for each in _outwards(frame):
            context = each.f_locals.get("context") if each.f_code.co_name == "run" else None
            if isinstance(context, Context) and _trace(context) == trace_id:
                return thread
    return None


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame:
        yield frame
        frame = frame.f_back


def _trace(context: Context) -> int:
    for value in context.values():
        if isinstance(value, otel_context.Context):
            return get_current_span(value).get_span_context().trace_id
    return 0
