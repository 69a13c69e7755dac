"""A worker's settings, read once from the environment."""

from typing import Annotated

from pydantic import AmqpDsn, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Positive = Annotated[int, Field(ge=1)]


class EventsSettings(BaseSettings):
    """How a worker talks to the broker. Durations are seconds."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    amqp_url: AmqpDsn
    worker_concurrency: Positive = 4
    """Messages in work at once."""
    worker_prefetch: Positive = 20
    """Messages the broker hands over ahead of their acknowledgement."""
    worker_latency_seconds: Annotated[float, Field(ge=0)] = 0.0
    """Simulated: what each message would wait for a slow downstream. 0 is off."""
    relay_batch: Positive = 200
    relay_poll_seconds: Annotated[float, Field(gt=0)] = 0.1
    """How often an idle relay looks into the outbox."""
    confirm_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0
    """How long the relay waits for the broker's confirms. Shorter than the lease on the rows."""
    retry_delays_seconds: tuple[float, ...] = (1.0, 5.0, 25.0)
    """A failed message is tried again after each of these; then it is a dead letter."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    """Where /metrics, /healthz and /readyz are served; 0 takes any free port."""
