"""Events between services: written with their cause, sent for certain, effective once."""

from events.effects import Subscription
from events.outbox import record
from events.schemas import Event, LaptopAdded, LaptopRemoved, PortRetired
from events.settings import EventsSettings
from events.tables import METADATA
from events.worker import Worker, serve_until_signal

__all__ = [
    "METADATA",
    "Event",
    "EventsSettings",
    "LaptopAdded",
    "LaptopRemoved",
    "PortRetired",
    "Subscription",
    "Worker",
    "record",
    "serve_until_signal",
]
