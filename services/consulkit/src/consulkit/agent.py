"""All that one process does with Consul, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Self

from consulkit.client import Address, Consul, ConsulError, Instance
from consulkit.config import K, Live, follow, path
from consulkit.discovery import Directory, DiscoveringTransport
from consulkit.registration import Registration
from consulkit.settings import ConsulSettings
from consulkit.signals import Metrics, Signals


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a process is to Consul."""

    service: str
    root: str
    """The key under which its project's settings are, such as `shop/`."""
    tags: tuple[str, ...] = ()
    """What the entry for requests says beside the address, for a gateway that reads it."""


class Agent(Generic[K]):
    """One process's dealings with Consul. Its settings are followed from the start."""

    def __init__(
        self,
        identity: Identity,
        initial: K,
        consul: Consul,
        signals: Signals,
        applied: Callable[[K], None],
    ) -> None:
        self._identity, self._consul, self._signals = identity, consul, signals
        self._metrics = Metrics(signals.registry)
        self._log = signals.logger("consulkit")
        self._live = Live(initial, signals, self._metrics, applied)
        self._directories: list[Directory] = []
        self._registrations: list[Registration] = []
        self._settings_missed = False
        self._watch = follow(
            consul, path(identity.root, identity.service), self._live, failed=self._missed
        )
        self._watch.start()

    @classmethod
    def from_env(
        cls,
        identity: Identity,
        initial: K,
        signals: Signals,
        applied: Callable[[K], None] = lambda _: None,
    ) -> Self:
        """Read Consul's own variables. `applied` is called with every change of the settings."""
        return cls(identity, initial, Consul(ConsulSettings.from_env()), signals, applied)

    def settings(self) -> K:
        """Return the settings in force."""
        return self._live.now()

    def transport(self, service: str) -> DiscoveringTransport:
        """Return a transport to a service's healthy replicas, in turn."""
        directory = Directory(self._consul, service, self._signals, self._metrics)
        directory.start()
        self._directories.append(directory)
        return DiscoveringTransport(directory)

    def register(self, host: str, port: int, *, leaving: Callable[[], bool]) -> None:
        """Keep this process registered: for requests until `leaving`, for scrapes until `close`.

        A replica that drains takes no more requests, and its last counts must still be read.
        """
        address, who = Address(host, port), self._identity
        serving = Instance(service=who.service, address=address, tags=who.tags)
        measured = Instance(
            service=f"{who.service}-metrics", address=address, check_path="/healthz"
        )
        self._keep(serving, leaving)
        self._keep(measured, lambda: False)

    def close(self) -> None:
        """Deregister, and follow nothing any more."""
        for registration in self._registrations:
            registration.stop()
        self._watch.stop()
        for directory in self._directories:
            directory.stop()
        self._consul.close()

    def _keep(self, instance: Instance, leaving: Callable[[], bool]) -> None:
        registration = Registration(self._consul, instance, leaving=leaving, signals=self._signals)
        registration.start()
        self._registrations.append(registration)

    def _missed(self, error: ConsulError) -> None:
        if not self._settings_missed:
            self._settings_missed = True
            self._log.warning("config.unreachable", reason=str(error))
