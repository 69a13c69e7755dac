"""Run the laptops worker: `python -m laptops.worker`.

It relays what the service has recorded, and drops ports that are no more from the laptops that
name them. Worker and service share the store and nothing else.
"""

from __future__ import annotations

import sys

from chassis.worker import run
from events import PortRetired, Subscription
from laptops.settings import Settings
from laptops.store import SqlLaptopStore, drop_port

NAME = "laptops-worker"
SUBSCRIPTION = Subscription("laptops.events").on(PortRetired, drop_port)


def main() -> int:
    """Run until told to stop; return the exit status."""
    return run(
        NAME,
        Settings,
        SUBSCRIPTION,
        prepare=lambda engine: SqlLaptopStore(engine).prepare(),
    )


if __name__ == "__main__":
    sys.exit(main())
