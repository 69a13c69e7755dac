"""Consul for a service: registration, discovery, and settings that change while it runs."""

from consulkit.agent import Agent
from consulkit.client import Address, Consul, ConsulError, Instance
from consulkit.config import Knobs, Live, follow
from consulkit.discovery import Directory, DiscoveringTransport
from consulkit.registration import Registration
from consulkit.settings import ConsulSettings
from consulkit.signals import Metrics

__all__ = [
    "Address",
    "Agent",
    "Consul",
    "ConsulError",
    "ConsulSettings",
    "Directory",
    "DiscoveringTransport",
    "Instance",
    "Knobs",
    "Live",
    "Metrics",
    "Registration",
    "follow",
]
