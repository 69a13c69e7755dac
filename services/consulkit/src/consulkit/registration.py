"""A replica's entry in Consul, from when it listens until it drains."""

import threading
from collections.abc import Callable

from consulkit.client import Consul, ConsulError, Instance
from consulkit.signals import Signals

LOOK_SECONDS = 0.1
CHECK_SECONDS = 2.0


class Registration:
    """Keeps a replica registered in a thread of its own; a Consul that is away costs it nothing."""

    def __init__(
        self, consul: Consul, instance: Instance, *, leaving: Callable[[], bool], signals: Signals
    ) -> None:
        self._consul, self._instance, self._leaving = consul, instance, leaving
        self._log = signals.logger("consulkit.registration")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="registration", daemon=True)
        self._registered: bool | None = None

    def start(self) -> None:
        """Register, and register again whenever Consul has forgotten."""
        self._thread.start()

    def stop(self) -> None:
        """Deregister, unless that has happened since the replica drains."""
        self._stop.set()
        self._thread.join(CHECK_SECONDS)

    def _keep(self) -> None:
        until_check = 0.0
        while not self._stop.is_set() and not self._leaving():
            if until_check <= 0:
                self._ensure()
                until_check = CHECK_SECONDS
            until_check -= LOOK_SECONDS
            self._stop.wait(LOOK_SECONDS)
        self._try(self._consul.deregister, "consul.deregistered")

    def _ensure(self) -> None:
        try:
            if self._registered and self._consul.knows(self._instance):
                return
        except ConsulError:
            return  # unknown for now; it is looked at again
        self._try(self._consul.register, "consul.registered")

    def _try(self, call: Callable[[Instance], None], done: str) -> None:
        try:
            call(self._instance)
        except ConsulError as error:
            if self._registered is not False:
                self._log.warning("consul.unreachable", id=self._instance.id, reason=str(error))
            self._registered = False
        else:
            self._log.info(done, id=self._instance.id)
            self._registered = True
