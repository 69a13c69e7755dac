"""Run the port worker: `python -m port.worker`.

It relays what the service has recorded, and keeps a count of laptops for each port. Worker and
service share the store and nothing else.
"""

from __future__ import annotations

import sys

from chassis.worker import run
from events import LaptopAdded, LaptopRemoved, Subscription
from port.settings import Settings
from port.store import SqlPortStore, count_added, count_removed

NAME = "port-worker"
SUBSCRIPTION = (
    Subscription("port.events").on(LaptopAdded, count_added).on(LaptopRemoved, count_removed)
)


def main() -> int:
    """Run until told to stop; return the exit status."""
    return run(NAME, Settings, SUBSCRIPTION, prepare=lambda engine: SqlPortStore(engine).prepare())


if __name__ == "__main__":
    sys.exit(main())
