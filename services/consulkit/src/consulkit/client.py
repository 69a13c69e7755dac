"""The few calls of Consul's HTTP API that a service needs, as functions that return values."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from consulkit.settings import ConsulSettings

T = TypeVar("T")

WAIT_SECONDS = 30
TIMEOUT = httpx.Timeout(5.0)
# Consul adds up to a sixteenth of the wait, so that watchers do not all return at once.
WATCH_TIMEOUT = httpx.Timeout(5.0, read=WAIT_SECONDS * 17 / 16 + 5)


class ConsulError(Exception):
    """Consul cannot be reached, or refuses. The text never holds the token."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A value, and the index that the next query waits to see exceeded."""

    index: int
    value: T


@dataclass(frozen=True, order=True)
class Address:
    """Where an instance of a service listens."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What is registered: a replica, and the check that says whether it is well."""

    service: str
    address: Address
    tags: tuple[str, ...] = ()
    check_path: str = "/readyz"
    check_seconds: float = 1.0

    @property
    def id(self) -> str:
        """One replica's name among all."""
        return f"{self.service}-{self.address.host}-{self.address.port}"


class Consul:
    """A Consul agent."""

    def __init__(self, settings: ConsulSettings) -> None:
        token = settings.token.get_secret_value()
        self._http = httpx.Client(
            base_url=settings.consul_http_addr,
            headers={"X-Consul-Token": token} if token else {},
            timeout=TIMEOUT,
        )

    def close(self) -> None:
        """Give up; a query that waits ends with ConsulError."""
        self._http.close()

    def register(self, instance: Instance) -> None:
        """Register a replica and its check. Raises ConsulError."""
        interval, address = f"{instance.check_seconds}s", instance.address
        self._call(
            "PUT",
            "/v1/agent/service/register",
            json={
                "ID": instance.id,
                "Name": instance.service,
                "Address": address.host,
                "Port": address.port,
                "Tags": list(instance.tags),
                "Check": {
                    "HTTP": f"http://{address.host}:{address.port}{instance.check_path}",
                    "Interval": interval,
                    "Timeout": interval,
                    # One minute is the least that Consul allows. Until then it is listed, as ill.
                    "DeregisterCriticalServiceAfter": "1m",
                },
            },
        )

    def deregister(self, instance: Instance) -> None:
        """Forget a replica; none of that name is fine too. Raises ConsulError."""
        self._call("PUT", f"/v1/agent/service/deregister/{instance.id}", missing_is_fine=True)

    def knows(self, instance: Instance) -> bool:
        """Return whether the agent has this replica. Raises ConsulError."""
        path = f"/v1/agent/service/{instance.id}"
        return self._call("GET", path, missing_is_fine=True).status_code != httpx.codes.NOT_FOUND

    def healthy(self, service: str, *, index: int = 0) -> Answer[list[Address]]:
        """Return where a service's healthy replicas listen, once that is newer than `index`."""
        response = self._watch(f"/v1/health/service/{service}", index, {"passing": "1"})
        found = [
            Address(
                entry["Service"]["Address"] or entry["Node"]["Address"], entry["Service"]["Port"]
            )
            for entry in response.json()
        ]
        return Answer(_index(response), sorted(found))

    def values(self, prefix: str, *, index: int = 0) -> Answer[dict[str, str]]:
        """Return every key under `prefix`, without it, once one is newer than `index`."""
        response = self._watch(f"/v1/kv/{prefix}", index, {"recurse": "1"})
        rows = [] if response.status_code == httpx.codes.NOT_FOUND else response.json()
        return Answer(
            _index(response),
            {row["Key"].removeprefix(prefix): _text(row["Value"]) for row in rows},
        )

    def write(self, values: Mapping[str, str | None]) -> None:
        """Set keys, or delete those given None: all of them or none. Raises ConsulError."""
        self._call("PUT", "/v1/txn", json=[_operation(k, v) for k, v in values.items()])

    def _watch(self, path: str, index: int, params: Mapping[str, str]) -> httpx.Response:
        asked = {**params, "index": str(index), "wait": f"{WAIT_SECONDS}s"}
        return self._call("GET", path, params=asked, timeout=WATCH_TIMEOUT, missing_is_fine=True)

    def _call(
        self,
        method: str,
        path: str,
        *,
        missing_is_fine: bool = False,
        **given: Any,  # noqa: ANN401 (what httpx takes)
    ) -> httpx.Response:
        try:
            response = self._http.request(method, path, **given)
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client is closed
            raise ConsulError(f"Consul does not answer: {type(error).__name__}") from error
        if response.is_success or (
            missing_is_fine and response.status_code == httpx.codes.NOT_FOUND
        ):
            return response
        raise ConsulError(f"Consul refuses {method} {path}: {response.status_code}")


def _index(response: httpx.Response) -> int:
    return int(response.headers.get("X-Consul-Index", "0"))


def _text(value: str | None) -> str:
    return base64.b64decode(value or "").decode(errors="replace")


def _operation(key: str, value: str | None) -> dict[str, dict[str, str]]:
    if value is None:
        return {"KV": {"Verb": "delete", "Key": key}}
    return {"KV": {"Verb": "set", "Key": key, "Value": base64.b64encode(value.encode()).decode()}}
