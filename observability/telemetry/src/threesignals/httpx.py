"""Instrument an HTTPX client."""

import httpx

from threesignals._core import Telemetry


def init_client(client: httpx.Client | httpx.AsyncClient, telemetry: Telemetry) -> None:
    """Open a CLIENT span for each request of `client` and send its context along."""
    telemetry.instrument("httpx", client)
