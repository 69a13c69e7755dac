"""Look at a running stack as a person does: alerts, panels, traces and log lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import httpx

from lab.preview import ask
from lab.preview.ask import Window
from lab.preview.fetch import LiveFetcher
from lab.preview.model import committed

if TYPE_CHECKING:
    from lab.preview.ask import Series
    from lab.preview.model import Panel
    from lab.stack.running import RunningStack

PAUSE_SECONDS = 0.3


class Stack:
    """A running stack, and the questions that tests have."""

    def __init__(self, running: RunningStack) -> None:
        self.urls = running.urls
        self.ports = running.ports
        self._client = httpx.Client(timeout=10)

    def live(self) -> LiveFetcher:
        """Return the backends as the preview asks them, up to this moment."""
        return LiveFetcher(asdict(self.urls), time.time())

    def window(self, seconds: float = 900, **variables: str) -> Window:
        """Return a time range that ends now."""
        now = time.time()
        return Window(now - seconds, now, {"service": "laptops", "route": ".*"} | variables)

    def firing(self) -> set[tuple[str, str]]:
        """Return the alerts that fire: name, and the service or part that it is about."""
        answer = self._client.get(f"{self.urls.prometheus}/api/v1/alerts").json()
        labels = [a["labels"] for a in answer["data"]["alerts"] if a["state"] == "firing"]
        return {(each["alertname"], each.get("job", "")) for each in labels}

    def panel(self, uid: str, title: str, **variables: str) -> dict[str, float]:
        """Return a panel's newest values by the names in its legend's labels."""
        target = panel(uid, title).targets[0]
        found = ask.series(self.live(), target.expr, self.window(60, **variables))
        return {" ".join(each.labels.values()): each.last for each in found if _new(each)}

    def traces(self, service: str, since: float, **search: str) -> list[dict[str, Any]]:
        """Search Jaeger for traces of a service that began after a moment."""
        params = {"service": service, "limit": "50", "start": f"{since * 1e6:.0f}", **search}
        traces: list[dict[str, Any]] = self._client.get(
            f"{self.urls.jaeger}/api/traces", params=params
        ).json()["data"]
        return traces

    def lines(self, query: str, since: float) -> list[dict[str, str]]:
        """Ask VictoriaLogs for lines after a moment."""
        params = {"query": query, "limit": "50", "start": f"{since:.3f}"}
        found: list[dict[str, str]] = self.live().get(
            "victorialogs", "/select/logsql/query", params
        )
        return found


def panel(uid: str, title: str) -> Panel:
    """Find a committed panel."""
    board = next(board for board in committed() if board.uid == uid)
    return next(each for each in board.panels if each.title == title)


def spans(trace: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of a trace's spans by name."""
    return {span["operationName"]: span["duration"] / 1e6 for span in trace["spans"]}


@contextmanager
def light_load(stack: Stack) -> Iterator[None]:
    """Ask each service about three times a second, one request at a time, until the block ends."""
    stop = Event()
    walks = [
        (stack.urls.laptops, ("/laptops", "/laptops/1")),
        (stack.urls.port, ("/port", "/port/1")),
    ]
    threads = [Thread(target=_walk, args=(*walk, stop)) for walk in walks * 2]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _walk(base: str, paths: tuple[str, ...], stop: Event) -> None:
    with httpx.Client(base_url=base, timeout=10) as client:
        while not stop.wait(PAUSE_SECONDS):
            for path in paths:
                client.get(path)


def _new(series: Series) -> bool:
    return time.time() - series.points[-1][0] < 15
