"""The demonstration's only artifice, off by default: a replica that can do just so much.

Both knobs make a replica behave like an I/O-bound service on a machine of any size, so that one
more replica helps even where cores are few:

- `CAPACITY_CONCURRENCY`: how many requests a replica handles at once. Others wait their turn.
- `SUPPLIER_LATENCY_SECONDS`: simulates a supplier's API that every read of the catalogue asks.

Probes and metrics are exempt from both: they must answer when a replica is busy.
"""

from __future__ import annotations

from dataclasses import dataclass

EXEMPT_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
READ_METHODS = frozenset({"GET", "HEAD"})
SUPPLIER_SPAN = "simulated supplier"


@dataclass(frozen=True)
class Supplier:
    """A supplier's API that is not there; reads under `path_prefix` wait for it all the same."""

    latency_seconds: float
    path_prefix: str

    def delays(self, method: str, path: str) -> bool:
        """Whether this request would ask the supplier."""
        if self.latency_seconds <= 0 or method not in READ_METHODS:
            return False
        return path == self.path_prefix or path.startswith(f"{self.path_prefix}/")
