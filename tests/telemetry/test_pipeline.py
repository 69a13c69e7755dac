"""Who handles what requests have finished, and what an item that cannot be handled costs."""

import threading
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask

from telemetry import Settings, Telemetry
from telemetry.export.outbox import Outbox
from telemetry.export.pipeline import SLICE, Lane, Pipeline
from telemetry.export.transport import Outcome
from telemetry.fastapi import init_app as fastapi_init_app
from telemetry.flask import init_app


class Nowhere:
    """Takes everything, and keeps nothing."""

    def send(self, body: bytes, timeout_seconds: float | None = None) -> Outcome:
        return Outcome.SENT

    def reset(self) -> None:
        pass


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A pipeline whose own thread never runs."""
    monkeypatch.setattr(Pipeline, "_start", lambda _: None)
    lane = Lane(Outbox(Nowhere(), signal="traces", limit_bytes=1000), wrap=bytes)
    return Pipeline([lane], interval_seconds=60)


def handled_by(pipeline: Pipeline) -> list[int]:
    """Let the pipeline handle numbers; return where they will be."""
    handled: list[int] = []

    def handle(numbers: Iterator[int]) -> None:
        for number in numbers:
            handled.append(1 // number and number)

    pipeline.handle({int: handle})
    return handled


def test_an_item_that_fails_costs_itself_only(pipeline: Pipeline) -> None:
    handled = handled_by(pipeline)
    for number in (1, 0, 0, 1, 0):
        pipeline.put(number)
    pipeline.drain()
    assert handled == [1, 1]
    assert pipeline.lanes[0].outbox.dropped == {"fault": 3}


def test_a_request_relieves_the_pipeline_of_a_full_slice(pipeline: Pipeline) -> None:
    handled = handled_by(pipeline)
    pipeline.relief = True
    for _ in range(SLICE):
        assert not pipeline.slice_is_full
        pipeline.put(1)
    assert pipeline.slice_is_full
    pipeline.relieve()
    assert handled == [1] * SLICE
    assert not pipeline.slice_is_full


def test_nothing_asks_requests_for_relief_unless_it_is_wanted(pipeline: Pipeline) -> None:
    handled_by(pipeline)
    for _ in range(SLICE * 2):
        pipeline.put(1)
    assert not pipeline.slice_is_full


def test_a_request_does_not_wait_for_another_thread_that_is_handling(pipeline: Pipeline) -> None:
    begun, release = threading.Event(), threading.Event()

    def handle(numbers: Iterator[int]) -> None:
        list(numbers)
        begun.set()
        release.wait(10)

    pipeline.handle({int: handle})
    pipeline.put(1)
    other = threading.Thread(target=pipeline.relieve)
    other.start()
    assert begun.wait(10)
    pipeline.relieve()
    release.set()
    other.join(10)


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> Telemetry:
    """Telemetry that exports to nowhere, and whose own thread never runs."""
    monkeypatch.setattr(Pipeline, "_start", lambda _: None)
    settings = Settings.from_env(
        "shop", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.invalid"}
    )
    return Telemetry(settings, connect=lambda *_: Nowhere())


def test_flask_relieves_the_pipeline_when_the_answer_has_gone_out(telemetry: Telemetry) -> None:
    app = Flask("shop")
    app.add_url_rule("/", view_func=lambda: "hello")
    init_app(app, telemetry)
    client = app.test_client()
    answers = [client.get("/") for _ in range(SLICE)]
    assert telemetry.pipeline.slice_is_full
    for answer in answers:
        assert answer.text == "hello"
        answer.close()
    assert not telemetry.pipeline.slice_is_full


def test_a_process_that_writes_its_lines_itself_lets_no_request_wait_for_them() -> None:
    assert not Telemetry(Settings.from_env("shop", {})).pipeline.relief


def test_fastapi_relieves_the_pipeline_behind_every_slice_of_requests(telemetry: Telemetry) -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "hello")
    fastapi_init_app(app, telemetry)
    client = TestClient(app)
    for _ in range(SLICE):
        assert client.get("/").json() == "hello"
    assert not telemetry.pipeline.slice_is_full
