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
        self._registration: Registration | None = None
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
        """Keep this process registered until `leaving` says so."""
        instance = Instance(
            service=self._service, address=Address(host, port), tags=tags(self._service)
        )
        self._registration = Registration(
            self._consul, instance, leaving=leaving, signals=self._signals
        )
        self._registration.start()

    def close(self) -> None:
        """Deregister, and follow nothing any more."""
        if self._registration is not None:
            self._registration.stop()
        self._watch.stop()
        for directory in self._directories:
            directory.stop()
        self._consul.close()

    def _missed(self, error: ConsulError) -> None:
        if not self._knobs_missed:
            self._knobs_missed = True
            self._log.warning("config.unreachable", reason=str(error))
