"""Instrument an HTTPX client."""

import httpx

from threesignals._core import Telemetry
from threesignals._once import instrumented, mark


def init_client(client: httpx.Client | httpx.AsyncClient, telemetry: Telemetry) -> None:
    """Open a CLIENT span for each request of `client` and send its context along.

    Called again it changes nothing; with another telemetry it raises RuntimeError.
    """
    if not instrumented(client, telemetry):
        telemetry.instrument("httpx", client)
        mark(client, telemetry)
