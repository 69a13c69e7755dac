"""The burst: laptops are added at their due times, whether or not earlier answers are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from lab.experiments.burst.plan import PORT_ID

Glance = Callable[[float], None]
"""Takes the seconds since the begin."""

CLIENTS = 16
LAPTOP = {"title": "Burst", "model": "1", "ports": [PORT_ID]}


@dataclass(frozen=True)
class Added:
    """One attempt: when it ended, in seconds since the epoch, and whether the service agreed."""

    at: float
    accepted: bool


def run(url: str, due: Sequence[float], glance: Glance) -> list[Added]:
    """Add laptops at `due` seconds from now; `glance` is called about twice a second meanwhile."""
    began, looked = time.monotonic(), 0.0
    with (
        httpx.Client(base_url=url, timeout=10.0) as client,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        attempts: list[Future[Added]] = []
        for moment in due:
            while (left := moment - (time.monotonic() - began)) > 0:
                time.sleep(min(left, 0.5))
                if (now := time.monotonic() - began) - looked > 0.5:
                    glance(looked := now)
            attempts.append(clients.submit(_add, client))
        return [attempt.result() for attempt in attempts]


def _add(client: httpx.Client) -> Added:
    try:
        accepted = client.post("/laptops", json=LAPTOP).status_code == httpx.codes.CREATED
    except httpx.HTTPError:
        accepted = False
    return Added(time.time(), accepted)
