"""What is particular to Flask."""

from collections.abc import Callable, Iterable
from typing import Any

import flask
import pytest

from threesignals.flask import init_app
from threesignals.testing import Recorder

from .conformance.drivers import Request, call_wsgi


def application(recorder: Recorder) -> flask.Flask:
    app = flask.Flask("test")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/stream")
    def stream() -> flask.Response:
        return flask.Response(iter(["one", "two"]))

    @app.get("/readyz")
    def readyz() -> str:
        raise RuntimeError("the store is gone")

    init_app(app, recorder.telemetry)
    return app


def test_a_stream_that_the_server_never_begins_still_ends_its_span(recorder: Recorder) -> None:
    def never_begun(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def serve(environ: Any, start: Any) -> Iterable[bytes]:  # noqa: ANN401 (WSGI's)
            body: Any = app(environ, start)
            body.close()
            return []

        return serve

    call_wsgi(never_begun(application(recorder)), Request("GET", "/stream"))
    assert [span.name for span in recorder.spans] == ["GET /stream"]
    assert recorder.sample("http_server_active_requests") == 0


def test_a_stream_lasts_until_its_last_byte(recorder: Recorder) -> None:
    body = application(recorder).test_client().get("/stream", buffered=False)
    assert recorder.spans == []
    assert recorder.sample("http_server_active_requests") == 1
    body.close()
    assert len(recorder.spans) == 1


def test_the_exception_of_a_probe_is_logged_although_it_has_no_canonical_line(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    application(recorder).test_client().get("/readyz")
    assert "the store is gone" in caplog.text
    assert recorder.spans == []
