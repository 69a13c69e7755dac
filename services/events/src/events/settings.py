"""A worker's settings; a field's name in capitals is its environment variable."""

from typing import Annotated

from pydantic import AmqpDsn, BaseModel, BeforeValidator, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]


def _list(value: object) -> object:
    """Read `1,5,25`, as an environment variable has it."""
    return value.split(",") if isinstance(value, str) else value


Delays = Annotated[tuple[Annotated[float, Field(gt=0, le=3600)], ...], BeforeValidator(_list)]


class EventsSettings(BaseModel):
    """How a worker talks to the broker. Durations are seconds."""

    model_config = ConfigDict(frozen=True)

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
    retry_delays_seconds: Delays = (1.0, 5.0, 25.0)
    """A failed message is tried again after each of these; then it is a dead letter."""
    worker_linger_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0
    """How long metrics stay readable after the last message: a scrape must see the last counts."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    """Where /metrics, /healthz and /readyz are served; 0 takes any free port."""
