"""HTTPX through contrib's instrumentor, on one client."""

from typing import TYPE_CHECKING

import httpx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.metrics import NoOpMeterProvider

from threesignals._contrib.setup import use_stable_names

if TYPE_CHECKING:
    from threesignals._core import Telemetry


def instrument(client: httpx.Client | httpx.AsyncClient, telemetry: "Telemetry") -> None:
    """Open a CLIENT span for each request of this client and send its context along."""
    use_stable_names()
    HTTPXClientInstrumentor.instrument_client(
        client, tracer_provider=telemetry.provider, meter_provider=NoOpMeterProvider()
    )
