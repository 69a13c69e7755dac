"""The faults that can be switched on: off by default, each says what it simulates.

docs/faults.md tells what each of them looks like in every signal.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.errors import LabError

Knobs = dict[str, float | bool]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something to break. `service` and `knobs` go to a service's own switch (chassis.faults)."""

    name: str
    simulates: str
    service: str = ""
    knobs: Knobs = field(default_factory=dict)
    stops: tuple[str, ...] = ()
    """Supervised processes that are stopped, and started again by `lab fix`."""

    restarts: bool = False
    """Whether running replicas are stopped once, so that they meet the fault at their start."""


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            name="port-down",
            simulates="A broken release: no replica of port comes to listen.",
            service="port",
            knobs={"down": True},
            restarts=True,
        ),
        Fault(
            name="slow-supplier",
            simulates="The supplier's API that laptops asks answers after 0.8 seconds.",
            service="laptops",
            knobs={"supplier_seconds": 0.8},
        ),
        Fault(
            name="error-burst",
            simulates="A defect in laptops that three requests in ten run into.",
            service="laptops",
            knobs={"error_share": 0.3},
        ),
        Fault(
            name="collector-down",
            simulates="The collector is gone.",
            stops=("otel-collector",),
        ),
        Fault(
            name="slow-database",
            simulates="Each statement to port's database takes 0.6 seconds longer.",
            service="port",
            knobs={"database_seconds": 0.6},
        ),
    )
}


def named(name: str) -> Fault:
    """Return a fault; LabError says which there are."""
    try:
        return FAULTS[name]
    except KeyError:
        raise LabError(f"There is no fault {name}. There are: {', '.join(FAULTS)}.") from None
