"""Where another service's replicas are, followed in Consul; known still when Consul is not."""

import itertools
import threading

import httpx

from consulkit.client import Address, Consul, ConsulError
from consulkit.signals import Metrics, Signals
from consulkit.watch import Watch


class Directory:
    """The healthy replicas of one service. Empty until Consul has answered once."""

    def __init__(self, consul: Consul, service: str, signals: Signals, metrics: Metrics) -> None:
        self._service, self._addresses = service, tuple[Address, ...]()
        self._turn, self._lock = itertools.count(), threading.Lock()
        self._log = signals.logger("consulkit.discovery")
        self._fresh = metrics.fresh.labels(service)
        self._count = metrics.addresses.labels(service)
        self._was_fresh: bool | None = None
        self._watch = Watch(
            lambda index: consul.healthy(service, index=index),
            changed=self._update,
            failed=self._keep,
            name=f"discovery-{service}",
        )

    def start(self) -> None:
        """Follow the service from now on."""
        self._watch.start()

    def stop(self) -> None:
        """Follow no longer; the last known addresses stay."""
        self._watch.stop()

    def pick(self) -> Address | None:
        """Return the next replica in turn, or None while none is known."""
        with self._lock:
            known = self._addresses
        return known[next(self._turn) % len(known)] if known else None

    def _update(self, addresses: list[Address]) -> None:
        # All replicas at once failing their checks is more often the checks' fault than theirs.
        if addresses:
            with self._lock:
                self._addresses = tuple(addresses)
        self._count.set(len(self._addresses))
        self._tell(fresh=True)

    def _keep(self, error: ConsulError) -> None:
        self._tell(fresh=False, reason=str(error))

    def _tell(self, *, fresh: bool, reason: str = "") -> None:
        self._fresh.set(fresh)
        if fresh is not self._was_fresh:
            if not fresh:
                known = len(self._addresses)
                self._log.warning(
                    "discovery.stale", service=self._service, known=known, reason=reason
                )
            elif self._was_fresh is not None:
                self._log.info("discovery.fresh", service=self._service)
            self._was_fresh = fresh


class DiscoveringTransport(httpx.BaseTransport):
    """Sends each request to the next known replica; to the URL's own host while none is known."""

    def __init__(self, directory: Directory, inner: httpx.BaseTransport | None = None) -> None:
        self._directory, self._inner = directory, inner or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        if address := self._directory.pick():
            request.url = request.url.copy_with(host=address.host, port=address.port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()
