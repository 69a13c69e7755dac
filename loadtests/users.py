"""The two kinds of user. Each offers one request a second, so load is the count of users."""

from __future__ import annotations

import itertools
import secrets
import time
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, task
from locust.event import EventHook

from timetable import PERIOD_SECONDS, clock, next_slot, phase_of, slots_between

slot_missed = EventHook()
"""Fired for each request that was due and not sent: user, service, due, now (seconds)."""


def traceparent(trace_id: str, span_id: str) -> str:
    """Build a W3C trace context header that asks for the trace to be kept."""
    return f"00-{trace_id}-{span_id}-01"


class CutOffError(Exception):
    """The test ended before the answer came."""


class ServiceUser(FastHttpUser):
    """One client of one service: reads mostly, and now and then creates an item and deletes it.

    Every task is exactly one request. A read may not touch the other service, so that the load on
    one service never changes the load on the other.
    """

    abstract = True
    service: ClassVar[str]
    path: ClassVar[str]
    new_item: ClassVar[dict[str, str]]
    seeded_ids: ClassVar[tuple[int, ...]] = (1, 2)
    connection_timeout = 10.0
    network_timeout = 30.0
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    def on_start(self) -> None:
        """Wait for this user's place in the second."""
        gevent.sleep(phase_of(next(self._numbers)) * PERIOD_SECONDS)
        self._due: float | None = clock()
        self._creation: gevent.Greenlet | None = None

    def on_stop(self) -> None:
        """Leave the store as it was found; a request for that is on no timetable."""
        self._due = None
        creation = getattr(self, "_creation", None)
        if creation is not None and creation.get() is not None:
            self.create_or_delete()

    def wait_time(self) -> float:
        """Return the seconds until this user's next slot; 0 when the service has made it late.

        Slots that passed meanwhile are missed, and told to those who listen.
        """
        now, previous = clock(), self._due
        if previous is None:
            return 0.0
        self._due = next_slot(previous, now)
        for due in slots_between(previous, self._due):
            slot_missed.fire(**self._context(), due=due, now=now)
        return max(0.0, self._due - now)

    @task(6)
    def list_items(self) -> None:
        """Read the collection."""
        self.send("GET", self.path)

    @task(3)
    def read_item(self) -> None:
        """Read one seeded item."""
        item = secrets.choice(self.seeded_ids)
        self.send("GET", f"{self.path}/{item}", name=f"{self.path}/{{id}}")

    @task(1)
    def create_or_delete(self) -> None:
        """Create an item, or delete the one that this user created before."""
        creation, self._creation = self._creation, None
        item = creation.get() if creation is not None else None
        if item is not None:
            self.send("DELETE", f"{self.path}/{item}", name=f"{self.path}/{{id}}")
            return
        # A greenlet of its own, because Locust may end this one in the middle of the request; what
        # that creates must be known even then, to be deleted.
        self._creation = gevent.spawn(self._create)
        self._creation.join()

    def _create(self) -> int | None:
        response = self.send("POST", self.path, json=self.new_item)
        return response.json()["id"] if response.status_code == 201 else None

    def send(self, method: str, path: str, *, name: str | None = None, **options: Any) -> Any:  # noqa: ANN401
        """Send one request under a trace of its own; listeners find who sent it in the context."""
        sending = gevent.spawn(self._send, method, path, name or path, **options)
        try:
            return sending.get()
        except gevent.GreenletExit:
            # Locust ends users that wait for their slot, and this one has just begun to send. What
            # is on its way is answered all the same; only Locust's patience ends that.
            sending.join()
            raise
        finally:
            sending.kill()

    def _send(self, method: str, path: str, name: str, **options: Any) -> Any:  # noqa: ANN401
        trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
        context = self._context() | {"due": self._due, "trace_id": trace_id}
        headers, began = {"traceparent": traceparent(trace_id, span_id)}, time.time()
        try:
            return self.client.request(
                method, path, name=name, headers=headers, context=context, **options
            )
        except gevent.GreenletExit:
            self._tell_cut_off(method, name, context, began)
            raise

    def _context(self) -> dict[str, Any]:
        return {"user": type(self).__name__, "service": self.service}

    def _tell_cut_off(self, method: str, name: str, context: dict[str, Any], began: float) -> None:
        """Tell a request that is given up like one that failed: it must not vanish."""
        self.environment.events.request.fire(
            request_type=method,
            name=name,
            context=context,
            response=None,
            response_length=0,
            response_time=1000 * (time.time() - began),
            start_time=began,
            exception=CutOffError("cut off: the test ended before the answer came"),
        )


class LaptopsUser(ServiceUser):
    """A client of the laptops service. Its laptops name no ports, so port is never asked."""

    service = "laptops"
    path = "/laptops"
    new_item: ClassVar[dict[str, str]] = {"title": "Framework", "model": "13"}


class PortUser(ServiceUser):
    """A client of the port service."""

    service = "port"
    path = "/port"
    new_item: ClassVar[dict[str, str]] = {"name": "Thunderbolt"}
