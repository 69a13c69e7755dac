"""What a person may choose when a stack starts."""

from dataclasses import dataclass, field
from pathlib import Path

from lab.paths import state_dir
from lab.processes.ports import Ports


@dataclass(frozen=True, kw_only=True)
class Options:
    """How one stack runs. The defaults are those of `lab up`."""

    ports: Ports = field(default_factory=Ports.from_env)
    state: Path = field(default_factory=state_dir)
    autoscale: bool = True
    """When false, the autoscaler publishes its decisions and acts on none."""
    keep: bool = False
    """Keep data between runs, traces on disk included; else every store starts empty."""
    sampled_percent: float = 100.0
    """Share of ordinary traces that is kept; errors, slow and asked-for ones always are."""
    capacity: int = 8
    """Requests that one replica handles at once."""
    supplier_latency_seconds: float = 0.2
    """The simulated supplier behind every read: with `capacity`, it sets a replica's throughput.

    Long enough that what two busy cores add to a request is small beside it.
    """
    queue_seconds: float = 4.0
    """How long a request waits in a replica at most.

    A hundred users of one replica wait two and a half seconds: until replicas come, the requests of
    a spike are to be slow, not refused.
    """
    extras: tuple[str, ...] = ()
    """What runs beside the rest: `rabbitmq` with the services' workers, `consul`."""
    worker_concurrency: int = 2
    """Events that one worker has in work at once."""
    worker_latency_seconds: float = 0.4
    """The simulated downstream that each event waits for: with the above, 5 a second at most."""
    sync_seconds: float = 5.0
    """How often the autoscaler decides."""
