"""What a web page that somebody has open can do to the lab's ports: nothing.

A page can send any simple request to loopback without asking first (a GET, a form or text in a
POST), and can read an answer only where that allows its origin. A name that it has made lead here
(DNS rebinding) is in `Host`.
"""

from collections.abc import Iterator

import httpx
import pytest

from lab.facts import LOOPBACK
from lab.processes.ports import Ports
from lab.stack.running import RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EVIL = "https://evil.example"
PREFLIGHT = {
    "Origin": EVIL,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}
DEFAULT = Ports()
LISTENERS = DEFAULT.listeners()
READS = {
    DEFAULT.laptops: "/laptops",
    DEFAULT.port: "/port",
    DEFAULT.gateway_internal: "/api/rawdata",
    DEFAULT.prometheus: "/api/v1/status/flags",
    DEFAULT.victorialogs: "/select/logsql/query?query=*",
    DEFAULT.jaeger: "/api/services",
}
WRITES = {
    DEFAULT.laptops: ("/laptops", {415}),
    DEFAULT.port: ("/port", {415}),
    DEFAULT.laptops_replicas: ("/laptops", {415}),
    DEFAULT.port_replicas: ("/port", {415}),
    DEFAULT.otlp_http: ("/v1/traces", {415}),
    DEFAULT.jaeger_otlp_http: ("/v1/traces", {415}),
    DEFAULT.prometheus: ("/api/v1/otlp/v1/metrics", {400, 415}),
    DEFAULT.victorialogs: ("/insert/jsonline?_stream_fields=service.name", {401}),
}
LINE = '{"_msg": "forged", "service.name": "laptops", "title": "forged", "name": "forged"}'
CHECK_HOST = (DEFAULT.laptops, DEFAULT.port, DEFAULT.gateway_internal)
"""Prometheus, Jaeger and the replicas can't. docs/web-pages.md says what that leaves open."""


@pytest.fixture
def ask(running_stack: RunningStack) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


def at(stack: RunningStack, port: int, path: str) -> str:
    """The address on this stack of what the lab has on a port by default."""
    return f"{LOOPBACK}:{port + stack.ports.laptops - DEFAULT.laptops}{path}"


@pytest.mark.parametrize("port", LISTENERS, ids=lambda port: f"{port}-{LISTENERS[port]}")
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_listener_lets_a_foreign_origin_read(
    port: int, method: str, running_stack: RunningStack, ask: httpx.Client
) -> None:
    url = at(running_stack, port, READS.get(port, "/"))
    try:
        answer = ask.request(method, url, headers=PREFLIGHT)
    except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError):
        return  # no replica there now, or a port that does not speak HTTP/1

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("port", WRITES, ids=lambda port: f"{port}-{LISTENERS[port]}")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_what_a_page_can_post_without_asking_is_refused(
    port: int, kind: str, running_stack: RunningStack, ask: httpx.Client
) -> None:
    path, statuses = WRITES[port]
    headers = {"Content-Type": kind, "Origin": EVIL}

    answer = ask.post(at(running_stack, port, path), content=LINE, headers=headers)

    assert answer.status_code in statuses


@pytest.mark.parametrize("port", CHECK_HOST, ids=lambda port: f"{port}-{LISTENERS[port]}")
def test_the_gateway_answers_under_its_own_names_only(
    port: int, running_stack: RunningStack, ask: httpx.Client
) -> None:
    url = at(running_stack, port, READS[port])

    assert ask.get(url).status_code == 200
    assert ask.get(url, headers={"Host": "evil.example"}).status_code == 421


def test_logs_cannot_be_read_without_the_password(
    running_stack: RunningStack, ask: httpx.Client
) -> None:
    url = at(running_stack, DEFAULT.victorialogs, READS[DEFAULT.victorialogs])

    assert ask.get(url, headers={"Host": "evil.example"}).status_code == 401


def test_the_state_of_a_stack_is_its_users_alone(running_stack: RunningStack) -> None:
    assert running_stack.state.stat().st_mode & 0o077 == 0
