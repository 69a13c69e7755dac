"""All that one process does with Consul, put together."""

from collections.abc import Callable
from typing import Self

from consulkit.client import Address, Consul, ConsulError, Instance
from consulkit.config import Knobs, Live, follow
from consulkit.discovery import Directory, DiscoveringTransport
from consulkit.registration import Registration
from consulkit.routing import tags
from consulkit.settings import ConsulSettings
from consulkit.signals import Metrics, Signals


class Agent:
    """One process's dealings with Consul. Knobs are followed from the start."""

    def __init__(
        self,
        service: str,
        initial: Knobs,
        consul: Consul,
        signals: Signals,
        applied: Callable[[Knobs], None],
    ) -> None:
        self._service, self._consul, self._signals = service, consul, signals
        self._metrics = Metrics(signals.registry)
        self._log = signals.logger("consulkit")
        self._live = Live(initial, signals, self._metrics, applied)
        self._directories: list[Directory] = []
        self._registrations: list[Registration] = []
        self._knobs_missed = False
        self._watch = follow(consul, service, self._live, failed=self._missed)
        self._watch.start()

    @classmethod
    def from_env(
        cls,
        service: str,
        initial: Knobs,
        signals: Signals,
        applied: Callable[[Knobs], None] = lambda _: None,
    ) -> Self:
        """Read Consul's own variables. `applied` is called with every change of the knobs."""
        return cls(service, initial, Consul(ConsulSettings.from_env()), signals, applied)

    def knobs(self) -> Knobs:
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
        address = Address(host, port)
        serving = Instance(service=self._service, address=address, tags=tags(self._service))
        measured = Instance(
            service=f"{self._service}-metrics", address=address, check_path="/healthz"
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
        if not self._knobs_missed:
            self._knobs_missed = True
            self._log.warning("config.unreachable", reason=str(error))
