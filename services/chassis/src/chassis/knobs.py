"""What may change while a service runs, as its settings in Consul's store: names, bounds, sense."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import ConfigDict, Field, create_model

from chassis.faults import Faults, Seconds

ROOT = "laptop-lab/"
"""Everything of this project in Consul's store is under this key."""
FAULT = "fault_"

Percent = Annotated[float, Field(ge=0, le=100)]


def _fault_knobs() -> dict[str, Any]:
    """Make a knob of each fault that has an amount: `down` is about a start, which has passed."""
    types = get_type_hints(Faults, include_extras=True)
    amounts = [field for field in fields(Faults) if types[field.name] is not bool]
    return {f"{FAULT}{each.name}": (types[each.name], each.default) for each in amounts}


_FaultKnobs: Any = create_model("_FaultKnobs", **_fault_knobs())


class Knobs(_FaultKnobs):
    """What can be turned: the service's own, and the amount of each simulated fault.

    The defaults are what the service's environment says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that code's own lines need. Canonical lines always pass."""
    traces_sampled_percent: Percent = 100.0
    """The share of ordinary traces that the collector is asked to keep."""
    supplier_latency_seconds: Seconds = 0.0
    """Simulated: what each read waits for a supplier."""

    def faults(self) -> Faults:
        """Return the simulated faults that are switched on."""
        values = self.model_dump()
        named = {key.removeprefix(FAULT): values[key] for key in values if key.startswith(FAULT)}
        return Faults(**named)
