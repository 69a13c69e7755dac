"""Events between services: written with their cause, sent for certain, effective once.

This much needs no broker and no client library: it is all that a service itself imports. What its
worker needs is in `events.worker`.
"""

from events.effects import Subscription
from events.outbox import record
from events.schemas import Event, LaptopAdded, LaptopRemoved, PortRetired
from events.tables import METADATA

__all__ = [
    "METADATA",
    "Event",
    "LaptopAdded",
    "LaptopRemoved",
    "PortRetired",
    "Subscription",
    "record",
]
