"""One handler, in any framework and implementation, and what its request left behind."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flask
from fastapi import FastAPI, Response

from threesignals import Telemetry, names
from threesignals._logs import json_sink
from threesignals.testing import RecordedSpan, Recorder

from .drivers import Request, call_wsgi, send_asgi
from .drivers import Response as Answer

CASES = [(framework, implementation) for framework in ("flask", "fastapi")
         for implementation in ("lean", "contrib")]  # fmt: skip

Handler = Callable[[Telemetry], Any]


@dataclass
class Left:
    """What one request left: its answer, its spans, the lines of both targets, and its samples."""

    answer: Answer
    spans: list[RecordedSpan]
    sent: list[dict[str, Any]]
    printed: list[dict[str, Any]]
    counted: float
    seconds: float

    @property
    def span(self) -> RecordedSpan:
        (span,) = [span for span in self.spans if span.kind == "SERVER"]
        return span

    def line(self, event: str = names.REQUEST_EVENT) -> dict[str, Any]:
        """The only line with this event, which must be in both targets."""
        (sent,) = [line for line in self.sent if line["event"] == event]
        (printed,) = [line for line in self.printed if line["event"] == event]
        assert printed.get("trace_id") == sent["trace_id"]
        return sent

    def assert_complete(self) -> None:
        """Span, line and sample, whatever happened."""
        assert self.span
        assert self.line()
        assert self.counted == 1


@contextmanager
def recording(implementation: str) -> Iterator[tuple[Recorder, io.BytesIO]]:
    """Telemetry whose lines go to memory twice: by OTLP, and as on standard output."""
    recorder = Recorder("hostile", implementation=implementation, logs="both")
    stdout = io.BytesIO()
    sink = json_sink(stdout, recorder.telemetry.resource)
    recorder.telemetry.__dict__["stdout"] = sink
    if implementation == "lean":  # which asks for its sink once
        recorder.telemetry.pipeline.handlers[tuple].__self__._log = sink  # type: ignore[attr-defined]
    root = logging.getLogger()
    # pytest's own handlers fail a test that logs what does not fit.
    before, root.handlers = root.handlers, []
    try:
        yield recorder, stdout
    finally:
        recorder.close()
        root.handlers = before


def left_by(framework: str, implementation: str, handler: Handler, path: str = "/") -> Left:
    """Run `handler` in a request."""
    with recording(implementation) as (recorder, stdout):
        run = in_flask if framework == "flask" else in_fastapi
        answer = run(recorder.telemetry, handler)(Request("GET", path))
        spans = recorder.spans
        name = names.METRIC_REQUEST_DURATION
        return Left(
            answer=answer,
            spans=spans,
            sent=[{"event": line.event, "level": line.severity, "trace_id": line.trace_id,
                   **{f"attributes.{k}" if k in {"event", "level", "trace_id"} else k: v
                      for k, v in line.attributes.items()}}
                  for line in recorder.log_lines],
            printed=[json.loads(line) for line in stdout.getvalue().splitlines()],
            counted=sum(recorder.samples(f"{name}_count").values()),
            seconds=sum(recorder.samples(f"{name}_sum").values()),
        )  # fmt: skip


def in_flask(telemetry: Telemetry, handler: Handler) -> Callable[[Request], Answer]:
    from threesignals.flask import init_app  # noqa: PLC0415 (one framework at a time)

    app = flask.Flask("hostile")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/")
    def view() -> str:
        handler(telemetry)
        return "fine"

    init_app(app, telemetry)
    return lambda request: call_wsgi(app, request)


def in_fastapi(telemetry: Telemetry, handler: Handler) -> Callable[[Request], Answer]:
    from threesignals.fastapi import init_app  # noqa: PLC0415 (one framework at a time)

    app = FastAPI(title="hostile")

    @app.get("/")
    async def view() -> Response:
        handler(telemetry)
        return Response("fine")

    init_app(app, telemetry)
    return lambda request: asyncio.run(send_asgi(app, request))
