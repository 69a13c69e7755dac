"""What an item that cannot be handled costs."""

from collections.abc import Iterator

import pytest

from threesignals._export.outbox import Outbox
from threesignals._export.pipeline import Lane, Pipeline
from threesignals._export.transport import Outcome


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


def test_an_item_that_nobody_handles_costs_itself_only(pipeline: Pipeline) -> None:
    handled = handled_by(pipeline)
    for item in (1, "unknown", "unknown", 1):
        pipeline.put(item)
    pipeline.drain()
    assert handled == [1, 1]
    assert pipeline.lanes[0].outbox.dropped == {"fault": 2}


def test_an_item_that_fails_costs_itself_only(pipeline: Pipeline) -> None:
    handled = handled_by(pipeline)
    for number in (1, 0, 0, 1, 0):
        pipeline.put(number)
    pipeline.drain()
    assert handled == [1, 1]
    assert pipeline.lanes[0].outbox.dropped == {"fault": 3}
