import json
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.support.fake_time import FakeTime

from lab.engines.endpoints import Endpoints
from lab.errors import LabError
from lab.experiments.measure.backends import Backends
from lab.experiments.measure.counting import Counter, Kind, Served, plain, settle
from lab.facts import Service

Counted = dict[Service, Served]
READ = Kind("GET", "/laptops/{}", "200")


def counted(number: int) -> Counted:
    kinds = {READ: number}
    served = Served(gateway=kinds, metrics=kinds, logs=kinds, spans=kinds)
    return {"laptops": served, "port": served}


def growing(until: int) -> Iterator[Counted]:
    for number in range(until):
        yield counted(number)
    while True:
        yield counted(until)


def test_counts_are_taken_once_they_have_been_still() -> None:
    fake, values = FakeTime(), growing(until=5)
    assert settle(lambda: next(values), quiet_seconds=3, waiting=fake.waiting) == counted(5)
    assert fake.now == 5 + 3


def test_counts_that_never_rest_are_an_error() -> None:
    fake, values = FakeTime(), growing(until=10_000)
    with pytest.raises(LabError, match="sends requests"):
        settle(lambda: next(values), quiet_seconds=3, timeout_seconds=30, waiting=fake.waiting)


@pytest.mark.parametrize(
    "route", ["/laptops/{id}", "/laptops/<id>", "/laptops/<int:laptop_id>", "/laptops/{laptop_id}"]
)
def test_a_route_is_the_same_in_every_framework(route: str) -> None:
    assert plain(route) == "/laptops/{}"


def test_a_request_that_no_route_took_has_none() -> None:
    assert plain("<unmatched>") == ""


class FakeStack:
    """Answers as Prometheus and VictoriaLogs do."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.queries: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode()))
        self.queries.append(form["query"])
        if request.url.path == "/select/logsql/query":
            return httpx.Response(200, text=json.dumps(LINE) + "\n")
        return httpx.Response(200, json={"data": {"result": [self.series(form["query"])]}})

    def series(self, query: str) -> dict[str, object]:
        values = [[self.started - 2, "5"], [self.started + 2, "17"]]
        if query.startswith("process_start_time"):
            values = [[at, "1"] for at, _ in values]
        labels = GATEWAY if query.startswith("traefik") else REPLICA
        return {"metric": {"instance": "127.0.0.1:15000", **labels}, "values": values}


LINE = {
    "http.request.method": "GET",
    "http.route": "/laptops/<int:laptop_id>",
    "http.response.status_code": "200",
    "hits": "12",
}
GATEWAY = {"method": "GET", "code": "200"}
REPLICA = {
    "http_request_method": "GET",
    "http_route": "/laptops/<int:laptop_id>",
    "http_response_status_code": "200",
}


def test_each_signal_is_asked_in_its_own_words() -> None:
    started = time.time() - 10
    fake = FakeStack(started)
    with Backends(Endpoints(), httpx.Client(transport=httpx.MockTransport(fake))) as backends:
        served = Counter(backends, started).served("laptops")
    at_the_gateway = READ._replace(route="")
    kinds = {READ: 12}
    assert served == Served(gateway={at_the_gateway: 12}, metrics=kinds, logs=kinds, spans=kinds)
    names = [query.partition("{")[0] for query in fake.queries]
    assert names == [
        "traefik_entrypoint_requests_total",
        "process_start_time_seconds",
        "http_server_request_duration_seconds_count",
        "",
        "traces_span_metrics_calls_total",
    ]
