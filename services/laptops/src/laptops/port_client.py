"""The port service, asked over HTTP: briefly, at most twice, not at all while it keeps failing."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import stamina

from chassis.breaker import CircuitBreaker, CircuitOpenError
from laptops.domain import Port, PortsUnavailableError

TIMEOUT = httpx.Timeout(1.0, connect=0.3)
ATTEMPTS = 2
FAILURES_TO_OPEN = 5
REST_SECONDS = 5.0


class PortServiceError(Exception):
    """The port service answered with something that isn't an answer."""


FAILURES = (httpx.HTTPError, PortServiceError)


def make_client(base_url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Make a client that gives up early: whoever asked us is waiting too.

    `transport` may send requests elsewhere than to `base_url`, as discovery does.
    """
    return httpx.Client(base_url=base_url, timeout=TIMEOUT, transport=transport)


class HttpPortDirectory:
    """A `PortDirectory` that asks the port service."""

    def __init__(self, client: httpx.Client, breaker: CircuitBreaker | None = None) -> None:
        self._client = client
        self._breaker = breaker or CircuitBreaker(
            failures=FAILURES_TO_OPEN, rest_seconds=REST_SECONDS, counts=FAILURES
        )

    def find(self, ids: Sequence[int]) -> dict[int, Port]:
        """Return those that exist, by id, with one request; raise `PortsUnavailableError`."""
        try:
            return self._breaker.call(lambda: self._ask_patiently(ids))
        except (*FAILURES, CircuitOpenError) as error:
            raise PortsUnavailableError from error

    def _ask_patiently(self, ids: Sequence[int]) -> dict[int, Port]:
        for attempt in stamina.retry_context(
            on=FAILURES,
            attempts=ATTEMPTS,
            timeout=2.5,
            wait_initial=0.05,
            wait_max=0.2,
            wait_jitter=0.05,
        ):
            with attempt:
                return self._ask(ids)
        raise PortServiceError  # unreachable; retry_context raises the last failure

    def _ask(self, ids: Sequence[int]) -> dict[int, Port]:
        response = self._client.get("/port", params={"id": ids, "limit": len(ids)})
        if response.status_code != httpx.codes.OK:
            raise PortServiceError(f"status {response.status_code}")
        try:
            return {row["id"]: Port(id=row["id"], name=row["name"]) for row in response.json()}
        except (ValueError, KeyError, TypeError) as error:
            raise PortServiceError("an answer that is no list of ports") from error
