"""Whatever clients send, the number of series stays within its documented bound."""

import asyncio
import random
import string
from collections.abc import Iterator

import pytest

from threesignals import names
from threesignals._red import MAX_SERIES, RequestDurations
from threesignals.testing import Recorder

from .apps import fastapi_app, flask_app
from .drivers import Request, call_wsgi, send_asgi

COUNT = f"{names.METRIC_REQUEST_DURATION}_count"
AMOUNT = {"lean": 10_000, "contrib": 2_000}
both = pytest.mark.parametrize("implementation", AMOUNT)


def hostile_requests(amount: int) -> Iterator[Request]:
    """Different paths, methods and header values, each of them once."""
    dice = random.Random(4)  # noqa: S311 (a test)
    for number in range(amount):
        word = "".join(dice.choices(string.ascii_letters + "/%-._~\xe9", k=12)) + str(number)
        method = dice.choice(["GET", "POST", "DELETE", f"X{number}", word.upper()[:8]])
        path = dice.choice([f"/{word}", f"/items/{number}", f"/items/{word}"])
        headers = (
            ("host", f"{word}:{number % 70000}"),
            ("user-agent", word),
            ("traceparent", f"00-{number + 1:032x}-{number + 1:016x}-0{number % 4}"),
            ("tracestate", f"{word}={number}"),
            ("x-forwarded-for", word),
            ("accept", word),
        )
        yield Request(method, path.replace("%", ""), f"q={word}", headers=headers)


def assert_bounded(recorder: Recorder, amount: int) -> None:
    counts = recorder.samples(COUNT)
    assert sum(counts.values()) == amount
    labels = [dict(key) for key in counts]
    assert {each["http_request_method"] for each in labels} <= names.KNOWN_METHODS | {"_OTHER"}
    assert {each["http_route"] for each in labels} <= {
        "/items/<int:item>",
        "/items/{item}",
        "<unmatched>",
    }
    # 4 methods (GET, POST, DELETE, _OTHER) x 2 routes x 4 statuses (200, 204, 404 or 422, 405)
    assert len(counts) <= 32
    recorder.close()


@both
def test_flask_keeps_its_series_bounded(implementation: str) -> None:
    recorder = Recorder(implementation=implementation, logs="stdout", logs_endpoint=None)
    recorder.telemetry.stdout = lambda _: None
    app = flask_app(recorder.telemetry)
    for request in hostile_requests(AMOUNT[implementation]):
        call_wsgi(app, request)
    assert_bounded(recorder, AMOUNT[implementation])


@both
def test_fastapi_keeps_its_series_bounded(implementation: str) -> None:
    recorder = Recorder(implementation=implementation, logs="stdout", logs_endpoint=None)
    recorder.telemetry.stdout = lambda _: None

    async def send_all() -> None:
        app = fastapi_app(recorder.telemetry)
        for request in hostile_requests(AMOUNT[implementation]):
            await send_asgi(app, request)

    asyncio.run(send_all())
    assert_bounded(recorder, AMOUNT[implementation])


def test_an_application_with_too_many_label_sets_overflows_into_one_route() -> None:
    durations = RequestDurations()
    for number in range(MAX_SERIES + 50):
        series = durations.series(("GET", f"/{number}", "200", ""))
        durations.observe(series, 0.01, 1, None)
    families = {family.name: family for family in durations.collect()}
    counts = {
        sample.labels["http_route"]: sample.value
        for sample in families[names.METRIC_REQUEST_DURATION].samples
        if sample.name.endswith("_count")
    }
    assert counts["<overflow>"] == 50
    assert len(counts) == MAX_SERIES + 1
