"""How laptops asks the port service, with the network replaced."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import stamina

from laptops.domain import Port, PortsUnavailableError
from laptops.port_client import ATTEMPTS, FAILURES_TO_OPEN, HttpPortDirectory

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    stamina.set_testing(True, attempts=ATTEMPTS)
    yield
    stamina.set_testing(False)


class Network:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


def directory(network: Network) -> HttpPortDirectory:
    client = httpx.Client(transport=httpx.MockTransport(network), base_url="http://port")
    return HttpPortDirectory(client)


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def test_all_ports_are_asked_for_in_one_request() -> None:
    network = Network(lambda _: httpx.Response(200, json=[{"id": 1, "name": "USB-C"}]))

    assert directory(network).find([1, 9]) == {1: Port(1, "USB-C")}
    assert [str(r.url) for r in network.requests] == ["http://port/port?id=1&id=9&limit=2"]


@pytest.mark.parametrize(
    "answer",
    [
        refuse,
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(200, text="no json"),
        lambda _: httpx.Response(200, json={"no": "list"}),
        lambda _: httpx.Response(200, json=[{"id": 1}]),
        lambda _: httpx.Response(200, json=[7]),
    ],
)
def test_whatever_goes_wrong_is_one_error_after_a_bounded_number_of_attempts(
    answer: Answer,
) -> None:
    network = Network(answer)

    with pytest.raises(PortsUnavailableError):
        directory(network).find([1])

    assert len(network.requests) == ATTEMPTS


def test_one_hiccup_goes_unnoticed() -> None:
    answers = iter([httpx.Response(503), httpx.Response(200, json=[{"id": 1, "name": "USB-C"}])])

    assert directory(Network(lambda _: next(answers))).find([1]) == {1: Port(1, "USB-C")}


def test_a_service_that_keeps_failing_is_left_alone() -> None:
    network = Network(refuse)
    ports = directory(network)

    for _ in range(FAILURES_TO_OPEN + 3):
        with pytest.raises(PortsUnavailableError):
            ports.find([1])

    assert len(network.requests) == FAILURES_TO_OPEN * ATTEMPTS
