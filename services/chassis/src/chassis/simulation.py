"""The demonstration's only artifice, off by default: a replica that can do just so much.

Both knobs make a replica behave like an I/O-bound service on a machine of any size, so that one
more replica helps even where cores are few:

- `CAPACITY_CONCURRENCY`: how many requests a replica handles at once. Others wait their turn.
- `SUPPLIER_LATENCY_SECONDS`: simulates a supplier's API that every read of the catalogue asks.

Probes and metrics are exempt from both: they must answer when a replica is busy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

EXEMPT_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
READ_METHODS = frozenset({"GET", "HEAD"})
SUPPLIER_SPAN = "simulated supplier"


@dataclass(frozen=True)
class Supplier:
    """A supplier's API that is not there; reads under `path_prefix` wait for it all the same."""

    latency_seconds: Callable[[], float]
    path_prefix: str

    def seconds_for(self, method: str, path: str) -> float:
        """Return how long this request waits for the supplier; 0 if it doesn't ask."""
        asks = path == self.path_prefix or path.startswith(f"{self.path_prefix}/")
        return self.latency_seconds() if asks and method in READ_METHODS else 0.0
